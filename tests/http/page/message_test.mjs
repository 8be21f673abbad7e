// One message: its story, its text, and what a person does with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, judge, open, quiet, seed } from "./browser.mjs";

test("a text is hidden until it is asked for", async () => {
  const page = await open(`#/messages/${seed.ids.plain}`);
  await page.getByText("What happened").waitFor();
  assert.equal(await page.getByText("The text of plain").count(), 0);
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("The text of plain").waitFor();
  await quiet(page);
});

test("a message that waits is cancelled, after a question", async () => {
  const page = await open(`#/messages/${seed.ids.to_cancel}`);
  await page.getByRole("button", { name: "Cancel it…" }).click();
  const dialog = page.getByRole("dialog");
  await judge(page, "the question");
  await dialog.getByRole("button", { name: "Close" }).click();
  const before = await ask(`v1/messages/${seed.ids.to_cancel}`);
  assert.equal(before.recipients[0].outcome, null);
  await page.getByRole("button", { name: "Cancel it…" }).click();
  await dialog.getByRole("button", { name: "Cancel the message" }).click();
  await page.locator("h1").getByText("cancelled").waitFor();
  const found = await ask(`v1/messages/${seed.ids.to_cancel}`);
  assert.equal(found.recipients[0].outcome, "cancelled");
  await quiet(page);
});

test("an unknown outcome is decided by a person", async () => {
  const page = await open(`#/messages/${seed.ids.unknown}`);
  await page.getByRole("button", { name: "Decide…" }).click();
  await judge(page, "the decision");
  await page.getByRole("dialog").getByRole("button", { name: "It arrived" }).click();
  await page.locator("h1").getByText("delivered").waitFor();
  const found = await ask(`v1/messages/${seed.ids.unknown}`);
  assert.equal(found.recipients[0].outcome, "delivered");
  await quiet(page);
});
