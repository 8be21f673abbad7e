// Every view of the page, as tests/scenario/page.py has seeded its server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, fits, judge, open, quiet, schemes, seed, sizes, startBrowser, stopBrowser, until }
  from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

/** A browser writes a line for each answer of these that it gets. */
const refusals = ["status of 401", "status of 403"];

/** Each view, with a text that it shows once it has its data. */
const views = {
  "#/overview": "signal-main",
  "#/failures": "recipient refused",
  "#/users": "Users",
  "#/users/7": "Where would a message go?",
  "#/sources": "alerts",
  "#/sources/alerts": "The last 20 requests",
  "#/keys": "Make a key…",
  "#/messages": seed.fell_back,
  [`#/messages/${seed.ids.fell_back}`]: "What happened",
  [`#/messages/${seed.ids.unknown}`]: "may have arrived",
  [`#/messages/${seed.ids.several}`]: "30 recipients",
  [`#/messages/${seed.ids.hostile}`]: "What happened",
  "#/providers": "signal-main",
  "#/providers/kannel-de": "Load and limits",
};

for (const [view, text] of Object.entries(views))
  test(`${view.slice(0, 30)} fits and is accessible at each width and in each colour`, async () => {
    for (const width of sizes)
      for (const scheme of schemes) {
        const page = await open(view, { width, scheme });
        await page.locator("main").getByText(text).locator("visible=true").first().waitFor();
        await fits(page, view);
        await judge(page, `${view} at ${width} px, ${scheme}`);
        if (process.env.PAGE_SHOTS)
          await page.screenshot({ fullPage: true, path:
            `${process.env.PAGE_SHOTS}/${view.replace(/\W+/g, "_").slice(0, 20)}` +
            `${text.slice(0, 6).replace(/\W/g, "_")}_${width}_${scheme}.png` });
        await quiet(page);
      }
  });

test("an operator finds what happened to a message in three clicks", async () => {
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
  await quiet(page);
});

test("filters are in the address, and going back takes them back", async () => {
  const page = await open("#/messages");
  await page.locator("tbody tr").first().waitFor();
  await page.getByRole("searchbox").fill(seed.fell_back);
  await page.keyboard.press("Enter");
  await until(async () => {
    const rows = await page.locator("tbody tr").count();
    return rows > 0 && rows < 4;
  }, "the list is filtered");
  for (const row of await page.locator("tbody tr td.who").allInnerTexts())
    assert.equal(row, seed.fell_back);
  const address = page.url();
  assert.match(address, /q=%2B15551234567/);
  const again = await open(new URL(address).hash);
  await again.locator("tbody tr").first().waitFor();
  assert.equal(await again.getByRole("searchbox").inputValue(), seed.fell_back);
  await quiet(again);
  await page.goBack();
  await until(async () => (await page.locator("tbody tr").count()) > 10, "the filter is gone");
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
  await page.locator("tbody tr").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(`recipient:${seed.fell_back}`);
  await page.keyboard.press("Enter");
  await until(async () => {
    const rows = await page.locator("tbody tr").count();
    return rows > 0 && rows < 4;
  }, "the list is filtered");
  await page.keyboard.press("j");
  await until(() => page.evaluate((text) => document.activeElement.textContent === text,
    seed.fell_back), "the first row has the focus");
  await page.keyboard.press("Enter");
  await page.getByText("What happened").waitFor();
  await quiet(page);
});

test("a text is hidden until it is asked for", async () => {
  const page = await open(`#/messages/${seed.ids.plain}`);
  await page.getByText("What happened").waitFor();
  assert.equal(await page.getByText("The text of plain").count(), 0);
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("The text of plain").waitFor();
  await quiet(page);
});

test("texts from outside stay texts", async () => {
  for (const view of [`#/messages/${seed.ids.hostile}`, `#/messages?q=${seed.markup}`]) {
    const page = await open(view);
    page.allowed.push("status of 400");
    await page.locator("h1").waitFor();
    const show = page.getByRole("button", { name: "Show", exact: true });
    if (view.includes(seed.ids.hostile)) {
      await show.click();
      await page.locator("pre", { hasText: "<script>" }).first().waitFor();
      await page.locator("ol.line pre", { hasText: "refused <img" }).waitFor();
      await page.locator("dt", { hasText: "<img src=x" }).waitFor();
    }
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.ok(!(await page.title()).includes("owned"));
    await quiet(page);
  }
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

async function send(recipient) {
  const answer = await fetch(new URL("../v1/messages", seed.url), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user_id: 9, type: "signal", recipients: [recipient], message: "now" }),
  });
  return (await answer.json()).message_id;
}
