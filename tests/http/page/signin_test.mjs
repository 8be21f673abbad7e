// Signing in: who may see and do what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, open, quiet, seed } from "./browser.mjs";

/** A browser writes a line for each answer of these that it gets. */
const refusals = ["status of 401", "status of 403"];

test("who signs in sees what the key may, and nothing more", async () => {
  const expected = {
    root: ["Overview", "Messages", "Failures", "Providers", "Users", "Ways in", "Keys"],
    reader: ["Overview", "Messages", "Failures", "Providers", "Users"],
  };
  for (const [name, shown] of Object.entries(expected)) {
    const page = await open("", { base: seed.locked_url });
    page.allowed.push(...refusals);
    await page.getByLabel("API key").fill("pr_wrong");
    await judge(page, "signing in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("The server does not know this key").waitFor();
    await page.getByLabel("API key").fill(seed.keys[name]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation").waitFor();
    assert.deepEqual(await page.locator("nav li a").allInnerTexts(), shown);
    await page.getByRole("link", { name: "Providers" }).click();
    await page.getByRole("link", { name: "mail" }).click();
    await page.getByText("Load and limits").waitFor();
    assert.equal(await page.getByRole("button", { name: "Switch off…" }).count(),
      name === "root" ? 1 : 0);
    await quiet(page);
  }
});

test("a key for several users has no list of failures, and one that cannot read is told so",
  async () => {
    const page = await open("", { base: seed.locked_url });
    page.allowed.push(...refusals);
    await page.getByLabel("API key").fill(seed.keys.sender);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This key may not read").waitFor();
    await page.getByLabel("API key").fill(seed.keys.limited);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation").waitFor();
    assert.deepEqual(await page.locator("nav li a").allInnerTexts(),
      ["Overview", "Messages", "Providers", "Users"]);
    await quiet(page);
  });
