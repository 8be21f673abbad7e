// Draws the pictures of README from a running server: the overview and a message, light and dark.
//     PAGE_SEED holds {"url": ".../ui/", "folder": where the pictures go}
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ask, open, quiet, schemes, seed, startBrowser, stopBrowser, until } from "./browser.mjs";

/** A message that one provider refused and another delivered. */
async function fellBack() {
  const { data } = await ask("v1/messages?outcome=delivered&limit=200");
  for (const one of data) {
    const { recipients } = await ask(`v1/messages/${one.message_id}`);
    if (recipients.length === 1 && recipients[0].transactions.length > 1) return one.message_id;
  }
  return undefined;
}

async function draw(page, name) {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 70 });
  writeFileSync(path.join(seed.folder, `${name}.webp`), Buffer.from(data, "base64"));
}

await startBrowser();
// A chart of some minutes says more than one of a few points.
await until(async () => (await ask("v1/overview")).at.length >= seed.points, "an hour's beginning",
  seed.points * 11);
const id = await until(fellBack, "a message that fell back", 60);
for (const scheme of schemes) {
  const page = await open("#/overview", { width: 1280, scheme });
  await page.locator(".chart canvas").waitFor();
  await page.getByRole("group", { name: "Events" }).locator("tbody tr").nth(5).waitFor();
  await draw(page, `overview-${scheme}`);
  await page.goto(`${seed.url}#/messages/${id}`);
  await page.getByText("Why this way").waitFor();
  await draw(page, `message-${scheme}`);
  await quiet(page);
}
await stopBrowser();
