// The search box: words become filters. Run from the sources, by the bundler that builds the page.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const modules = createRequire(path.join(process.env.PAGE_MODULES, "package.json"));
const { buildSync } = modules("esbuild");
const here = path.dirname(fileURLToPath(import.meta.url));
const built = buildSync({
  entryPoints: [path.join(here, "../../../http/page/src/search.ts")],
  bundle: true, format: "esm", write: false,
});
const { readSearch, time, words } = await import(
  `data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);

const now = new Date(2026, 10, 23, 12, 0, 0);
const filters = (text) => readSearch(text, now).filters;

test("quotes keep a value together", () => {
  assert.deepEqual(words('provider:"my phone"  user:7'), ["provider:my phone", "user:7"]);
});

test("a word without a qualifier is taken for what it looks like", () => {
  assert.deepEqual(filters("+15551234567"), { recipient: "+15551234567" });
  assert.deepEqual(filters("ann@example.org"), { recipient: "ann@example.org" });
  assert.deepEqual(filters("https://a.example/x?y=1"), { recipient: "https://a.example/x?y=1" });
  assert.deepEqual(filters("7"), { user_id: "7" });
  assert.deepEqual(filters("order-42"), { reference: "order-42" });
  const id = "0193A5C0-7c1e-7b3a-9d57-3f1c2b4a5d6e";
  assert.equal(readSearch(id).id, id.toLowerCase());
});

test("qualifiers are filters", () => {
  assert.deepEqual(filters("recipient:ann@example.org user:7 provider:a:b error:x"), {
    recipient: "ann@example.org", user_id: "7", provider: "a:b", error_code: "x" });
  assert.deepEqual(filters('reference:order:42 metadata.shop=a=b metadata.Town:"New York"'), {
    reference: "order:42", "metadata.shop": "a=b", "metadata.Town": "New York" });
});

test("a provider or an error is asked of deliveries, which have no reference", () => {
  assert.equal(readSearch("provider:a user:7").deliveries, true);
  assert.equal(readSearch("user:7").deliveries, false);
  assert.match(readSearch("provider:a reference:b").wrong[0], /have no reference/);
  assert.match(readSearch("error:a metadata.b=c").wrong[0], /have no metadata.b/);
});

test("a day is the time from its midnight to the next", () => {
  const days = (from, to) => ({ created_after: new Date(2026, 10, from).toISOString(),
    created_before: new Date(2026, 10, to).toISOString() });
  assert.deepEqual(filters("on:yesterday"), days(22, 23));
  assert.deepEqual(filters("on:2026-11-20"), days(20, 21));
  assert.match(readSearch("on:2h").wrong[0], /no day/);
});

test("times are those of the person who looks", () => {
  assert.equal(time("today", now), new Date(2026, 10, 23).toISOString());
  assert.equal(time("yesterday", now), new Date(2026, 10, 22).toISOString());
  assert.equal(time("2h", now), new Date(2026, 10, 23, 10).toISOString());
  assert.equal(time("2026-11-20", now), new Date(2026, 10, 20).toISOString());
  assert.equal(time("2026-11-20T08:30Z", now), "2026-11-20T08:30:00.000Z");
  assert.equal(time("soon", now), undefined);
  assert.deepEqual(filters("after:yesterday before:2026-11-23"), {
    created_after: new Date(2026, 10, 22).toISOString(),
    created_before: new Date(2026, 10, 23).toISOString() });
});

test("mistakes are told, and filter nothing", () => {
  assert.match(readSearch("recipeint:x").wrong[0], /^There is no "recipeint:"/);
  assert.match(readSearch("constructor:x").wrong[0], /^There is no "constructor:"/);
  assert.deepEqual(readSearch("metadata.shop").wrong, ["Write metadata.shop=VALUE."]);
  assert.deepEqual(readSearch("user:").wrong, ['"user:" needs a value.']);
  assert.match(readSearch("after:soon").wrong[0], /no time/);
  assert.deepEqual(readSearch("recipeint:x user: after:soon metadata.a").filters, {});
});
