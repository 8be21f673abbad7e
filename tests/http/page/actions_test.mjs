// Events as they happen, failures, keys and users.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, judge, open, quiet, seed, send, until } from "./browser.mjs";

test("events are shown as they happen, and not while the view is paused", async () => {
  const page = await open("#/overview");
  await page.getByText("live", { exact: true }).waitFor();
  const rows = page.getByRole("group", { name: "Events" }).locator("tbody tr");
  await send("+15551230021");
  await rows.getByText("+15551230021").first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused", { exact: true }).waitFor();
  const before = await rows.count();
  const id = await send("+15551230022");
  await until(async () => (await ask(`v1/messages/${id}`)).recipients[0].outcome, "it was sent");
  assert.equal(await rows.count(), before);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("live", { exact: true }).waitFor();
  await quiet(page);
});

test("failures of one reason are counted first, and then sent again", async () => {
  const page = await open("#/failures");
  const row = page.locator("tbody tr", { hasText: "recipient refused" });
  await row.getByRole("button", { name: "Send again…" }).click();
  const dialog = page.getByRole("dialog");
  await judge(page, "the question");
  await dialog.getByRole("button", { name: "Count them" }).click();
  await dialog.getByText("2 deliveries would be sent again").waitFor();
  const chains = async () => {
    const { recipients } = await ask(`v1/messages/${seed.ids.failed}`);
    return recipients.map((one) => one.transactions.length);
  };
  assert.deepEqual(await chains(), [1, 1]);
  await dialog.getByRole("button", { name: "Send 2 again" }).click();
  await dialog.getByText("2 of 2 began").waitFor();
  assert.deepEqual(await chains(), [2, 2]);
  await quiet(page);
});

test("a key is made, shown once, and revoked", async () => {
  const page = await open("#/keys");
  await page.getByRole("button", { name: "Make a key…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("shop");
  await judge(page, "the form of a key");
  await dialog.getByRole("button", { name: "Make it" }).click();
  const key = await dialog.locator("pre").innerText();
  assert.match(key, /^pr_/);
  await dialog.getByRole("button", { name: "Close" }).click();
  const row = page.locator("tbody tr", { hasText: "shop" });
  await row.getByText("in use").waitFor();
  await row.getByRole("button", { name: "Revoke…" }).click();
  await dialog.getByRole("button", { name: "Revoke it" }).click();
  await row.getByText("revoked").waitFor();
  const { data } = await ask("v1/keys");
  assert.ok(data.find((one) => one.name === "shop").revoked_at);
  await quiet(page);
});

test("a user's list is put in another order, and a route explained", async () => {
  const page = await open("#/users/7");
  await page.getByRole("button", { name: "kannel-de earlier" }).click();
  await page.getByRole("button", { name: "Save the list" }).click();
  await until(async () => (await ask("v1/users/7/providers"))[0].provider === "kannel-de",
    "the list is stored");
  await page.getByLabel("Recipient").fill("+15551230001");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator("ol.ranks li").first().getByText("kannel-de").waitFor();
  await quiet(page);
});
