// One provider: its state in words, and what an operator does with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, comesTo, judge, open, quiet, seed, until } from "./browser.mjs";

test("a provider is tested, switched off and on", async () => {
  const page = await open("#/providers/signal-main");
  await page.getByRole("button", { name: "Send a test…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Recipient").fill("+15551230009");
  await judge(page, "the test of a provider");
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.getByRole("status").getByText("accepted").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  for (const [button, active] of [["Switch off", false], ["Switch on", true]]) {
    await page.getByRole("button", { name: `${button}…` }).click();
    await dialog.getByRole("button", { name: button }).click();
    await page.locator("h1").getByText(active ? "open for work" : "switched off").waitFor();
    assert.equal((await ask("v1/providers/signal-main")).active, active);
  }
  await quiet(page);
});

test("a held provider says why, and works again after its correction and a reload", async () => {
  const page = await open("#/providers/kannel-old");
  const note = page.locator(".note", { hasText: "kannel-old is held" });
  await note.getByText("Authorization failed for sendsms").waitFor();
  await note.getByText("systemctl reload postrider").waitFor();
  await fetch(`${seed.control}/kannel-old/behaviour`, { method: "PUT", body: "{}" });
  process.kill(seed.pid, "SIGHUP");
  await comesTo(page, page.locator("h1").getByText("open for work"));
  await note.waitFor({ state: "detached" });
  await until(async () => (await ask(`v1/messages/${seed.ids.hostile}`)).recipients[0].outcome,
    "its message has gone");
  await quiet(page);
});

test("Signal's captcha is answered, and what waited for it goes", async () => {
  const page = await open("#/providers/signal-spare");
  page.allowed.push("status of 502", "status of 422");
  const { challenge } = await ask("v1/providers/signal-spare");
  await page.getByText(challenge.token).waitFor();
  const form = page.locator("form", { hasText: "Solution" });
  await form.getByLabel("Solution").fill("signalcaptcha://nonsense");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Submit challenge error").waitFor();
  await form.getByLabel("Solution").fill(seed.solved);
  await form.getByRole("button", { name: "Send the solution" }).click();
  await form.waitFor({ state: "detached" });
  await page.locator("h1").getByText("open for work").waitFor();
  await until(async () => (await ask(`v1/messages/${seed.ids.captcha}`)).recipients[0].outcome,
    "its message has gone");
  await quiet(page);
});
