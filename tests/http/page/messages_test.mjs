// The list of messages: search, filters in the address, keyboard, going back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, quiet, seed, until } from "./browser.mjs";

const rows = (page) => page.locator("tbody tr");
const recipients = (page) => page.locator("tbody tr td.who a").allInnerTexts();

async function search(page, words) {
  await page.getByRole("searchbox").fill(words);
  await page.keyboard.press("Enter");
}

/** Waits until the list has exactly these. */
async function shows(page, expected, what) {
  await until(async () => (await recipients(page)).join() === expected.join(), what);
}

test("each word of the search finds, and its address shows the same again", async () => {
  const page = await open("#/messages");
  await rows(page).first().waitFor();
  for (const words of [seed.fell_back, "reference:order-42", "order-42", "metadata.shop=berlin",
    'metadata.town:"Old Town"',
    "metadata.shop=berlin metadata.order=42 user:7 on:today", "provider:kannel-de after:1h"]) {
    await search(page, words);
    await shows(page, [seed.fell_back], words);
    const again = await open(new URL(page.url()).hash);
    await shows(again, [seed.fell_back], `the address of ${words}`);
    assert.equal(await again.getByRole("searchbox").inputValue(), words);
    await quiet(again);
  }
  for (const words of ["order-43", "metadata.shop=paris", "order-42 on:yesterday"]) {
    await search(page, words);
    await page.getByText("No message matches").waitFor();
  }
  await quiet(page);
});

test("states narrow the list, and going back takes every step back", async () => {
  const page = await open("#/messages");
  await rows(page).nth(8).waitFor();
  const all = await recipients(page);
  await page.getByRole("link", { name: "may have arrived 1" }).click();
  await shows(page, [seed.may_have_arrived], "those that may have arrived");
  await search(page, "user:8");
  await page.getByText("No message matches").waitFor();
  await page.getByRole("link", { name: /^all/ }).click();
  await shows(page, [seed.hostile], "all of user 8");
  for (const [expected, what] of [[[], "no match"], [[seed.may_have_arrived], "the state"],
    [all, "all"]]) {
    await page.goBack();
    await shows(page, expected, what);
  }
  await page.goForward();
  await shows(page, [seed.may_have_arrived], "the state again");
  await quiet(page);
});

test("a message with several recipients says how many of them fared how", async () => {
  const page = await open("#/messages?q=%2B15551230042");
  const row = rows(page).first();
  await row.getByText("2 failed").waitFor();
  assert.equal(await row.locator("td").first().innerText(), "+15551230042 and 1 more");
  await row.getByRole("link").click();
  await page.getByRole("heading", { name: "To +15551230042" }).waitFor();
  await quiet(page);
});

test("going back from a message finds its row with the focus, and the list stands still",
  async () => {
    const page = await open("#/messages");
    await rows(page).nth(8).waitFor();
    const order = await recipients(page);
    await rows(page).nth(6).getByRole("link").click();
    await page.getByText("What happened").waitFor();
    await page.goBack();
    const focused = (text) => until(() =>
      page.evaluate((wanted) => document.activeElement.textContent === wanted, text),
      `${text} has the focus`);
    await focused(order[6]);
    await page.getByText("stands still").waitFor();
    await page.keyboard.press("j");
    await focused(order[7]);
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    await focused(order[5]);
    await page.keyboard.press("Escape");
    await page.getByText("stands still").waitFor({ state: "detached" });
    await quiet(page);
  });

test("a wrong filter is told, and an id leads to its message", async () => {
  const page = await open("#/messages?q=recipeint:x");
  await page.getByRole("alert").getByText('There is no "recipeint:".').waitFor();
  await page.getByRole("searchbox").fill(seed.ids.plain);
  await page.keyboard.press("Enter");
  await page.getByText("What happened").waitFor();
  assert.ok(page.url().includes(seed.ids.plain));
  await quiet(page);
});

test("the keyboard alone searches, chooses and opens", async () => {
  const page = await open("#/providers");
  await page.getByText("signal-main").first().waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.getByRole("heading", { name: "Messages" }).waitFor();
  await page.keyboard.press("/");
  await until(() => page.evaluate(() => document.activeElement.type === "search"),
    "the search has the focus");
  await page.keyboard.type(`recipient:${seed.fell_back}`);
  await page.keyboard.press("Enter");
  await shows(page, [seed.fell_back], "the list is filtered");
  await page.keyboard.press("j");
  await until(() => page.evaluate((text) => document.activeElement.textContent === text,
    seed.fell_back), "the first row has the focus");
  await page.keyboard.press("Enter");
  await page.getByText("What happened").waitFor();
  await quiet(page);
});
