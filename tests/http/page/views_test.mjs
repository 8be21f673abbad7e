// Every view, at each width and in each colour, as tests/scenario/page_fixture.py has seeded the
// server.
import { test } from "node:test";
import { fits, hourBegan, judge, open, quiet, schemes, seed, sizes } from "./browser.mjs";

/** Each view, with a text that it shows once it has its data. */
const views = {
  "#/failures": "recipient refused",
  "#/users": "Users",
  "#/users/7": "Where would a message go?",
  "#/sources": "alerts",
  "#/sources/alerts": "stored",
  "#/endpoints": "Make an endpoint…",
  "#/keys": "Make a key…",
  "#/messages": seed.fell_back,
  "#/messages?q=provider:signal-main": seed.fell_back,
  [`#/messages/${seed.ids.fell_back}`]: "What happened",
  [`#/messages/${seed.ids.unknown}`]: "may have arrived",
  [`#/messages/${seed.ids.several}`]: "30 recipients",
  [`#/messages/${seed.ids.hostile}`]: "What happened",
  "#/providers": "signal-main",
  "#/providers/kannel-de": "Load and limits",
  "#/providers/kannel-old": "kannel-old is held",
  "#/providers/signal-spare": "Signal asks for a captcha",
  "#/node": "Lease on its messages",
  "#/audit": "Audit",
  "#/nowhere": "Not found",
  // The server's figures begin some seconds after its start.
  "#/overview": "As a table",
};

for (const [view, text] of Object.entries(views))
  test(`${view.slice(0, 40)} fits and is accessible at each width and in each colour`, async () => {
    if (text === "As a table") await hourBegan();
    const page = await open(view);
    for (const width of sizes)
      for (const colorScheme of schemes) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await page.locator("main").getByText(text).locator("visible=true").first().waitFor();
        await fits(page, view);
        await judge(page, `${view} at ${width} px, ${colorScheme}`);
        if (process.env.PAGE_SHOTS)
          await page.screenshot({ fullPage: true, path: `${process.env.PAGE_SHOTS}/` +
            `${`${view}_${text}`.replace(/\W+/g, "_").slice(1, 70)}_${width}_${colorScheme}.png` });
      }
    await quiet(page);
  });
