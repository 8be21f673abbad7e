// Texts from outside are markup here: of messages, providers, keys, the search. They stay texts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, quiet, seed } from "./browser.mjs";

/** Views, and the parts of them that show such a text. */
const shown = {
  [`#/messages/${seed.ids.hostile}`]: ["ol.line pre", "dt", "dd", "pre.text"],
  "#/messages?q=user:8": ["td"],
  "#/failures": [],
  "#/overview": ["td.reason"],
  "#/providers": ["td.reason"],
  "#/providers/kannel-old": [".note", "dd"],
  "#/sources/alerts": ["pre.text"],
  "#/keys": ["td.who"],
  "#/audit": [],
  [`#/messages?q=${encodeURIComponent(seed.markup)}`]: [],
  [`#/messages?q=user:7&state=${encodeURIComponent(seed.markup)}`]: [],
  [`#/${encodeURIComponent(seed.markup)}`]: [],
  [`#/providers/${encodeURIComponent(seed.markup)}`]: ["h1"],
  [`#/messages/${encodeURIComponent(seed.markup)}`]: [".sub"],
  [`#/audit?who=${encodeURIComponent(seed.markup)}`]: [".chip"],
};

test("texts from outside stay texts, in every view that shows them", async () => {
  for (const [view, parts] of Object.entries(shown)) {
    const page = await open(view);
    page.allowed.push("status of 400", "status of 404");
    await page.locator("h1").waitFor();
    await page.getByText("Loading…").waitFor({ state: "detached" });
    const show = page.getByRole("button", { name: "Show", exact: true });
    if (await show.count()) await show.click();
    const body = page.getByText("Body", { exact: true });
    if (await body.count()) await body.first().click();
    for (const part of parts)
      await page.locator(part, { hasText: "<img src=x" }).first().waitFor();
    assert.equal(await page.locator("main img, main script").count(), 0, view);
    assert.ok(!(await page.title()).startsWith("owned"), view);
    await quiet(page);
  }
});
