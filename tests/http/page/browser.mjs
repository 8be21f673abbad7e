// Drives Debian's Chromium. Whatever the page does, no view may break its policy, write to the
// console's errors, or ask another server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const modules = createRequire(path.join(process.env.PAGE_TESTS, "package.json"));
const { chromium } = modules("playwright-core");
const axe = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");

export const seed = JSON.parse(readFileSync(process.env.PAGE_SEED, "utf8"));
export const sizes = [375, 1440];
export const schemes = ["light", "dark"];

let browser;

export async function startBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.PAGE_BROWSER,
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
    env: { ...process.env, TZ: "UTC" },
  });
}
export const stopBrowser = () => browser.close();

/** A page of its own, whose troubles are asked for at the end by `quiet`. */
export async function open(view, { width = 1440, scheme = "light", base = seed.url } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    locale: "en",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.troubles = [];
  page.allowed = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      page.troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.troubles.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (to.protocol !== "data:" && !to.href.startsWith(new URL("..", base).href))
      page.troubles.push(`asked elsewhere: ${to}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    globalThis.clicks = 0;
    document.addEventListener("click", () => (globalThis.clicks += 1), true);
  });
  await page.goto(base + view);
  return page;
}

/** A web page of another origin; with `body` there is no server for it. */
export async function openOther(url, body) {
  const context = await browser.newContext();
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  if (body)
    await page.route(url, (route) =>
      route.fulfill({ contentType: "text/html", body: `<!doctype html>${body}` }));
  await page.goto(url);
  return page;
}

export async function quiet(page) {
  const found = page.troubles.filter((one) => !page.allowed.some((sign) => one.includes(sign)));
  assert.deepEqual(found, []);
  await page.context().close();
}

/** axe's rules of WCAG 2.2 A and AA, and its best practices. */
export async function judge(page, what) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  }));
  const said = violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.html} (${node.failureSummary})`));
  assert.deepEqual(said, [], `axe on ${what}`);
}

/** Nothing but a table's own frame scrolls sideways. */
export async function fits(page, what) {
  const wide = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${what} is ${wide} px too wide`);
}

/** Clicks since the page was loaded; Enter on a link or in a form is one too. */
export const clicks = (page) => page.evaluate(() => globalThis.clicks);

/** The server's own answer, asked from here. */
export async function ask(target) {
  const answer = await fetch(new URL(`../${target}`, seed.url));
  return answer.json();
}

/** Polls until `check` gives something. */
export async function until(check, what, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found) return found;
    assert.ok(Date.now() < end, `not in ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A message that the server accepted; its id. */
export async function send(recipient) {
  const answer = await fetch(new URL("../v1/messages", seed.url), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user_id: 10, type: "signal", recipients: [recipient], message: "now" }),
  });
  return (await answer.json()).message_id;
}

/** A server counts in steps of ten seconds: its chart needs two of them. */
export const hourBegan = () =>
  until(async () => (await ask("v1/overview")).at.length >= 2, "two points of the hour", 25);

/** Waits for a part as somebody does who leaves the tab and comes back: the page then looks again. */
export async function comesTo(page, part, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  while (!(await part.first().isVisible())) {
    assert.ok(Date.now() < end, `not in ${seconds} s: ${part}`);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await part.first().waitFor({ timeout: 500 }).catch(() => undefined);
  }
}
