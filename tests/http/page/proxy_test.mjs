// The page below a path that nginx adds, and pages of other sites that mean no good.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, open, openOther, quiet, seed, send, startBrowser, stopBrowser, until }
  from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

test("every view works below the path, and asks nothing outside it", async () => {
  const page = await open("", { base: seed.proxied });
  await page.getByText("live", { exact: true }).waitFor();
  await send("+15551230051");
  await page.getByRole("group", { name: "Events" }).getByText("+15551230051").first().waitFor();
  for (const [view, text] of [["Messages", seed.fell_back], ["Failures", "recipient refused"],
    ["Providers", "signal-main"], ["Ways in", "alerts"], ["Keys", "Make a key…"]]) {
    await page.getByRole("link", { name: view, exact: true }).click();
    await page.locator("main").getByText(text).locator("visible=true").first().waitFor();
  }
  await page.getByRole("link", { name: "Interface" }).click();
  await page.waitForURL(new URL("../docs", seed.proxied).href);
  await quiet(page);
});

test("a message is cancelled through the proxy, and its curl names the proxy", async () => {
  const page = await open(`#/messages/${seed.ids.to_cancel}`, { base: seed.proxied });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.includes(new URL("../v1/messages", seed.proxied).href), copied);
  await page.getByRole("button", { name: "Cancel it…" }).click();
  await page.getByRole("button", { name: "Cancel the message" }).click();
  await page.locator("h1").getByText("cancelled").waitFor();
  await quiet(page);
});

test("a person signs in and out through the proxy", async () => {
  const page = await open("#/providers", { base: seed.proxied_locked });
  page.allowed.push("status of 401");
  await page.getByLabel("API key").fill(seed.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "mail" }).click();
  await page.getByRole("button", { name: "Switch off…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
  await page.locator("h1").getByText("switched off").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Switch on…" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await quiet(page);
});

test("a page of another site cannot frame this one", async () => {
  // An answer without the policy shows that a frame is refused for no other reason.
  const page = await openOther(seed.frame);
  const show = (url) => page.evaluate((to) => { document.querySelector("iframe").src = to; }, url);
  await show(new URL("../livez", seed.url).href);
  await page.frameLocator("iframe").getByText('"alive"').waitFor();
  const failed = page.waitForEvent("requestfailed");
  await show(seed.url);
  assert.match((await failed).failure().errorText, /ERR_BLOCKED_BY_RESPONSE/);
  await page.context().close();
});

test("a page of another site can neither post nor read", async () => {
  const target = new URL(`../v1/messages/${seed.ids.scheduled}/cancel`, seed.url).href;
  const page = await openOther("http://elsewhere.example/",
    `<form method="post" enctype="text/plain" action="${target}"><input name="a"></form>`);
  const read = await page.evaluate((url) => fetch(url).then(() => "read", () => "refused"),
    new URL("../v1/keys", seed.url).href);
  assert.equal(read, "refused");
  const answer = page.waitForResponse(target);
  await page.evaluate(() => document.forms[0].submit());
  assert.equal((await answer).status(), 403);
  assert.equal((await ask(`v1/messages/${seed.ids.scheduled}`)).recipients[0].outcome, null);
  await page.context().close();
});
