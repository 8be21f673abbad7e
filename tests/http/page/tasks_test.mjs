// What operators come for, each with the clicks that it may take from the overview on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clicks, open, quiet, seed } from "./browser.mjs";

test(`"what happened to the message for ${seed.fell_back} since yesterday?": 3`, async () => {
  const page = await open("");
  await page.getByRole("link", { name: "Messages" }).click();
  await page.getByRole("searchbox").fill(`${seed.fell_back} after:yesterday`);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: seed.fell_back }).first().click();
  await page.locator("ol.line").getByText("refused the recipient").waitFor();
  const said = await page.locator("ol.line").innerText();
  assert.match(said, /signal-main refused the recipient/);
  assert.match(said, /kannel-de took it/);
  assert.match(said, /Receipt from kannel-de: delivered/);
  assert.ok((await clicks(page)) <= 3);
  await quiet(page);
});

test('"what became of order-42?": 2', async () => {
  const page = await open("");
  await page.getByRole("navigation").waitFor();
  await page.keyboard.press("/");
  const box = page.getByRole("searchbox");
  await box.waitFor();
  await box.fill("order-42");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: seed.fell_back }).click();
  await page.locator("h1").getByText("delivered by kannel-de").waitFor();
  assert.ok((await clicks(page)) <= 2);
  await quiet(page);
});

test('"why does this provider not work, and what do I do?": 1', async () => {
  const page = await open("");
  await page.getByRole("link", { name: "kannel-old", exact: true }).click();
  await page.getByText("Correct the configuration and reload it").waitFor();
  await page.getByText("Authorization failed for sendsms").first().waitFor();
  assert.ok((await clicks(page)) <= 1);
  await quiet(page);
});

test('"what failed, and why?": 1, and its messages: 2', async () => {
  const page = await open("");
  await page.getByRole("link", { name: "Failures" }).click();
  await page.getByRole("link", { name: "recipient refused" }).click();
  await page.getByRole("link", { name: "+15551230042" }).waitFor();
  assert.ok((await clicks(page)) <= 2);
  await quiet(page);
});
