// Events as they happen, failures, keys and users.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, hourBegan, judge, open, quiet, seed, send, until } from "./browser.mjs";

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

test("the last hour is drawn in the colours of the theme, and told in figures", async () => {
  await hourBegan();
  const page = await open("#/overview");
  const ink = () => page.evaluate(() => {
    const canvas = document.querySelector(".chart canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] === 255) seen.add(`rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`);
    return [...seen];
  });
  await page.locator(".chart canvas").waitFor();
  const accent = () => page.locator(".legend .arrived").evaluate((at) =>
    getComputedStyle(at).color);
  const light = await accent();
  await until(async () => (await ink()).includes(light), "the line of deliveries is there");
  await page.getByLabel("Colours").selectOption("dark");
  const dark = await accent();
  assert.notEqual(dark, light);
  await until(async () => (await ink()).includes(dark), "it is drawn again");
  await page.getByText("As a table").click();
  const figures = page.getByRole("group", { name: "The last hour in figures" });
  const sum = async (place) => (await figures.locator(`tbody td:nth-child(${place})`)
    .allInnerTexts()).reduce((all, one) => all + Number(one.replaceAll(",", "")), 0);
  // The page asks every ten seconds.
  await until(async () => {
    const hour = await ask("v1/overview");
    const total = (name) => hour[name].reduce((all, one) => all + one, 0);
    const label = await page.getByRole("img").getAttribute("aria-label");
    return total("accepted") > 30 && (await sum(2)) === total("accepted") &&
      (await sum(3)) === total("delivered") && (await sum(4)) === total("failed") &&
      label.includes(`${total("accepted")} accepted, ${total("delivered")} delivered`);
  }, "the figures are the server's", 20);
  await page.reload();
  assert.equal(await page.getByLabel("Colours").inputValue(), "dark");
  await quiet(page);
});

test("this node is drained, and takes work again", async () => {
  const page = await open("#/node");
  page.allowed.push("status of 503");
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Drain…" }).click();
  await judge(page, "the question");
  await dialog.getByRole("button", { name: "Drain it" }).click();
  await page.locator("h1").getByText("drained").waitFor();
  assert.equal((await ask("readyz")).status, "not_ready");
  await page.getByRole("button", { name: "Take work again…" }).click();
  await dialog.getByRole("button", { name: "Take them" }).click();
  await page.locator("h1").getByText("takes messages").waitFor();
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
