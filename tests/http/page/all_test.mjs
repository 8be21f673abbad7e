// All tests of the page in one browser, one after the other: some change what others look at.
import { after, before } from "node:test";
import { startBrowser, stopBrowser } from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

await import("./views_test.mjs");
await import("./tasks_test.mjs");
await import("./messages_test.mjs");
await import("./markup_test.mjs");
await import("./message_test.mjs");
await import("./provider_test.mjs");
await import("./actions_test.mjs");
await import("./endpoints_test.mjs");
await import("./signin_test.mjs");
