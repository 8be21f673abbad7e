// Endpoints: made, tested, paused, replayed, given a new secret and deleted, with a receiver here.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { ask, comesTo, fits, judge, open, quiet, schemes, seed, send, sizes, until } from "./browser.mjs";

const received = [];
/** The receiver's next answers. */
let status = 204;
let wasHeld = false;
/** Events of the one are refused while those of the other are on their way: they fail alone. */
const unwanted = "+15551230066";
const wanted = "+15551230067";
const refusalIsKnown = async () => {
  const [{ id }] = await listed();
  const { recent } = await ask(`v1/endpoints/${id}/deliveries`);
  return recent[0] && !recent[0].delivered;
};
const receiver = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  received.push({ body, headers: request.headers });
  const answer = body.includes(unwanted) ? 500 : status;
  if (body.includes(wanted) && !wasHeld) {
    wasHeld = true;
    await until(refusalIsKnown, "the other one was refused");
  }
  response.writeHead(answer).end(answer === 204 ? undefined : seed.markup);
});
before(() => new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve)));
after(() => new Promise((resolve) => receiver.close(resolve)));

const url = () => `http://127.0.0.1:${receiver.address().port}/hook`;
const listed = async () => (await ask("v1/endpoints")).data;
const button = (page, name) => page.getByRole("button", { name, exact: true });
const dialogOf = (page) => page.getByRole("dialog");

async function openFirst() {
  const page = await open("#/endpoints");
  await page.getByRole("link", { name: url() }).click();
  await page.getByRole("heading", { name: url() }).waitFor();
  return page;
}

test("an endpoint is made, and its secret shown once", async () => {
  const page = await open("#/endpoints");
  page.allowed.push("status of 422");
  await page.getByText("There is none").waitFor();
  await button(page, "Make an endpoint…").click();
  const dialog = dialogOf(page);
  await dialog.getByLabel("URL").fill(url());
  await dialog.getByLabel("Description").fill(seed.markup);
  await judge(page, "the form of an endpoint");
  await button(dialog, "Make it").click();
  await dialog.getByRole("alert").waitFor();
  assert.equal((await listed()).length, 0);
  await dialog.getByLabel("private addresses").check();
  await button(dialog, "Make it").click();
  assert.match(await dialog.locator("pre").innerText(), /^whsec_/);
  await judge(page, "the secret");
  await button(dialog, "Close").click();
  const row = page.locator("tbody tr");
  await row.getByText("takes events").waitFor();
  await row.getByText(seed.markup).waitFor();
  await quiet(page);
});

test("a test and events reach the receiver, and its answers are shown", async () => {
  const page = await openFirst();
  await button(page, "Send a test…").click();
  const dialog = dialogOf(page);
  await button(dialog, "Send it").click();
  await dialog.getByRole("status").getByText("delivered").waitFor();
  assert.ok(received.at(-1).headers["webhook-signature"]);
  status = 500;
  await button(dialog, "Send it").click();
  await dialog.getByRole("status").getByText("not delivered").waitFor();
  await button(dialog, "Close").click();
  status = 204;
  const before = received.length;
  await send("+15551230061");
  await until(() => received.length > before, "the receiver was told");
  const calls = page.getByRole("group", { name: "The last calls" });
  await comesTo(page, calls.getByText("message.accepted"));
  await calls.getByText("taken").first().waitFor();
  for (const width of sizes)
    for (const colorScheme of schemes) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await fits(page, "an endpoint");
      await judge(page, `an endpoint at ${width} px, ${colorScheme}`);
    }
  assert.equal(await page.locator("main img, main script").count(), 0);
  await quiet(page);
});

test("events that the receiver refuses alone are listed, while others go on", async () => {
  const page = await openFirst();
  await send(wanted);
  await until(() => wasHeld, "one is on its way");
  const id = await send(unwanted);
  const rows = page.getByRole("group", { name: "Events that failed" }).locator("tbody tr");
  const first = rows.filter({ hasText: "message.accepted" });
  await comesTo(page, first.getByText("tried again"));
  await first.getByText("HTTP 500").waitFor();
  await page.getByRole("link", { name: "not delivered" }).click();
  await page.getByText("None.").waitFor();
  await page.goBack();
  await first.getByRole("link").click();
  await page.waitForURL(new RegExp(id));
  await quiet(page);
});

test("a receiver that is gone disables its endpoint, until somebody resumes it", async () => {
  const page = await openFirst();
  status = 410;
  await send("+15551230068");
  await comesTo(page, page.locator("h1").getByText("disabled"));
  await page.locator(".note").getByText("Mend the receiver, then resume it").waitFor();
  await judge(page, "a disabled endpoint");
  status = 204;
  await button(page, "Resume…").click();
  await button(dialogOf(page), "Resume it").click();
  await page.locator("h1").getByText("takes events").waitFor();
  await quiet(page);
});

test("an endpoint is paused, changed and resumed", async () => {
  const page = await openFirst();
  const dialog = dialogOf(page);
  await button(page, "Pause…").click();
  await button(dialog, "Pause it").click();
  await page.locator("h1").getByText("paused by hand").waitFor();
  assert.equal((await listed())[0].state, "disabled");
  await button(page, "Change…").click();
  await dialog.getByLabel("message.failed").check();
  await button(dialog, "Save").click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual((await listed())[0].types, ["message.failed"]);
  await button(page, "Resume…").click();
  await button(dialog, "Resume it").click();
  await page.locator("h1").getByText("takes events").waitFor();
  await quiet(page);
});

test("a new secret is shown once, beside the old one for a time", async () => {
  const page = await openFirst();
  const dialog = dialogOf(page);
  await button(page, "New secret…").click();
  await judge(page, "the question");
  await button(dialog, "Make it").click();
  assert.match(await dialog.locator("pre").innerText(), /^whsec_/);
  await button(dialog, "Close").click();
  await page.getByText("Old secret until").waitFor();
  await quiet(page);
});

test("events are sent again", async () => {
  const page = await openFirst();
  const dialog = dialogOf(page);
  await button(page, "Replay…").click();
  await judge(page, "the question");
  await dialog.getByText("Those that were not delivered").click();
  await dialog.getByRole("status").getByText("0 events will be sent").waitFor();
  const before = received.length;
  await dialog.getByText("All that are kept").click();
  await dialog.getByRole("status").getByText("It goes on from there").waitFor();
  await until(() => received.length > before, "an old failure was told again");
  await button(dialog, "Close").click();
  await quiet(page);
});

test("an endpoint is deleted, after a question", async () => {
  const page = await openFirst();
  const dialog = dialogOf(page);
  await button(page, "Delete…").click();
  await button(dialog, "Delete it").click();
  await page.getByText("There is none").waitFor();
  assert.equal((await listed()).length, 0);
  await quiet(page);
});
