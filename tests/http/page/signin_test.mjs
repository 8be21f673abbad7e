// Signing in and out: who may see and do what, and how a session ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { comesTo, judge, open, quiet, seed, until } from "./browser.mjs";

/** A browser writes a line for each answer of these that it gets. */
const refusals = ["status of 401", "status of 403"];
const everything = ["Overview", "Messages", "Failures", "Providers", "Users"];

async function openLocked(view = "") {
  const page = await open(view, { base: seed.locked_url });
  page.allowed.push(...refusals);
  return page;
}

async function signIn(page, key) {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function sees(page, views) {
  await page.getByRole("navigation").waitFor();
  assert.deepEqual(await page.locator("nav li a").allInnerTexts(), views);
}

const cookieOf = async (page) =>
  (await page.context().cookies()).find((one) => one.name === "postrider_session");

/** A request of root's own program. */
async function asRoot(method, path) {
  const answer = await fetch(new URL(`../${path}`, seed.locked_url), {
    method, headers: { Authorization: `Bearer ${seed.keys.root}` } });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
}

test("who signs in sees what the key may, and nothing more", async () => {
  const expected = {
    root: [...everything, "Ways in", "Endpoints", "Keys", "Node", "Audit"],
    reader: everything,
    limited: everything,
    tester: ["Messages", "Failures"],
  };
  for (const [name, views] of Object.entries(expected)) {
    const page = await openLocked();
    await signIn(page, seed.keys[name]);
    await sees(page, views);
    for (const view of views) {
      await page.getByRole("link", { name: view, exact: true }).click();
      await page.getByRole("heading", { level: 1, name: view }).waitFor();
      await page.getByText("Loading…").waitFor({ state: "detached" });
    }
    assert.equal(await page.getByRole("alert").count(), 0);
    if (name === "root" || name === "reader") {
      await page.getByRole("link", { name: "Providers" }).click();
      await page.getByRole("link", { name: "mail" }).click();
      await page.getByText("Load and limits").waitFor();
      assert.equal(await page.getByRole("button", { name: "Switch off…" }).count(),
        name === "root" ? 1 : 0);
    }
    await quiet(page);
  }
});

test("a wrong key and one that cannot read are told so", async () => {
  const page = await openLocked();
  await signIn(page, "pr_wrong");
  await page.getByText("The server does not know this key").waitFor();
  await judge(page, "signing in");
  await signIn(page, seed.keys.sender);
  await page.getByText("This key may not read").waitFor();
  assert.equal(await cookieOf(page), undefined);
  await quiet(page);
});

test("a session outlives a reload, is no script's, and ends by signing out", async () => {
  const page = await openLocked("#/providers");
  await page.context().addCookies([{ name: "postrider_session", value: "chosen-by-another",
    domain: "127.0.0.1", path: "/" }]);
  await signIn(page, seed.keys.root);
  // The person is where they wanted to be.
  await page.getByRole("heading", { name: "Providers" }).waitFor();
  const cookie = await cookieOf(page);
  assert.notEqual(cookie.value, "chosen-by-another");
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, "Strict");
  assert.deepEqual(await page.evaluate(() => [document.cookie, Object.keys(sessionStorage),
    Object.values(localStorage).filter((one) => one.includes("pr_"))]), ["", [], []]);
  await page.reload();
  await page.getByRole("heading", { name: "Providers" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  // The old cookie is worth nothing, even to one who kept it.
  await page.context().addCookies([cookie]);
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await quiet(page);
});

test("a session ends with its key, while somebody looks", async () => {
  const page = await openLocked("#/providers");
  await signIn(page, seed.keys.leaver);
  await page.getByRole("link", { name: "mail" }).waitFor();
  const { data } = await asRoot("GET", "v1/keys");
  await asRoot("DELETE", `v1/keys/${data.find((one) => one.name === "leaver").id}`);
  await comesTo(page, page.getByRole("heading", { name: "Sign in" }));
  assert.equal(await page.getByRole("link", { name: "mail" }).count(), 0);
  await quiet(page);
});

test("another page of this machine cannot act with the cookie", async () => {
  const page = await openLocked();
  await signIn(page, seed.keys.root);
  await page.getByRole("navigation").waitFor();
  // Another port is another origin, but the browser sends it the same cookies.
  await page.goto(new URL("../livez", seed.url).href);
  const target = new URL("../admin/drain", seed.locked_url).href;
  const answer = page.waitForResponse(target);
  await page.evaluate((url) => fetch(url, { method: "POST", mode: "no-cors",
    credentials: "include" }), target);
  // Without the cookie it would be 401.
  assert.equal((await answer).status(), 403);
  assert.equal((await fetch(new URL("../readyz", seed.locked_url))).status, 200);
  await page.context().close();
});

test("changes are in the audit, with the person who made them", async () => {
  const page = await openLocked("#/providers/mail");
  await signIn(page, seed.keys.root);
  for (const switched of ["Switch off", "Switch on"]) {
    await page.getByRole("button", { name: `${switched}…` }).click();
    await page.getByRole("dialog").getByRole("button", { name: switched }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.getByRole("link", { name: "Audit" }).click();
  const rows = page.locator("tbody tr");
  const row = rows.filter({ hasText: "switched a provider" }).first();
  assert.match(await row.innerText(), /page:root\s+switched a provider\s+active: true\s+mail\s+done/);
  await rows.filter({ hasText: "revoked a key" }).getByText("key:root").waitFor();
  await judge(page, "the audit");
  await row.getByRole("link", { name: "switched a provider" }).click();
  await page.getByRole("link", { name: "switched a provider ✕" }).waitFor();
  await until(async () => (await rows.count()) === 2, "only those");
  await row.getByRole("link", { name: "mail" }).click();
  await page.getByText("Load and limits").waitFor();
  await quiet(page);
});

test("the link of the first start lets one person in, once, and leads to the keys", async () => {
  const [base, hash] = seed.first_link.split("#");
  const page = await open(`#${hash}`, { base });
  page.allowed.push(...refusals);
  await page.getByText("signed in by the link of the first start").waitFor();
  assert.equal(new URL(page.url()).hash, "#/keys");
  await page.getByRole("button", { name: "Make a key…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("operator");
  await dialog.getByLabel("send").uncheck();
  await dialog.getByLabel("admin").check();
  await dialog.getByRole("button", { name: "Make it" }).click();
  const key = await dialog.locator("pre").innerText();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, key);
  await page.getByRole("button", { name: "Make a key…" }).waitFor();
  assert.equal(await page.getByText("the link of the first start").count(), 0);
  const again = await open(`#${hash}`, { base });
  again.allowed.push(...refusals);
  await again.getByRole("alert").getByText("the link was used").waitFor();
  await again.getByRole("heading", { name: "Sign in" }).waitFor();
  await quiet(again);
  await quiet(page);
});
