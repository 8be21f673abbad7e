/** The search box: words with qualifiers become filters of the server. */

export const qualifiers = [
  ["recipient:", "+15551234567, or ann@example.org"],
  ["user:", "7"],
  ["reference:", "order-42"],
  ["metadata.NAME=", "metadata.shop=berlin"],
  ["on:", "yesterday, or 2026-11-23"],
  ["after:, before:", "yesterday, 2h, 2026-11-23 or 2026-11-23T08:00"],
  ["provider:", "signal-main"],
  ["error:", "recipient_rejected"],
] as const;

export interface Search {
  filters: Record<string, string>;
  /** Only the list of deliveries knows providers and errors. */
  deliveries: boolean;
  /** An id that is looked up as it is. */
  id?: string;
  /** Mistakes, in words. */
  wrong: string[];
}

const names = new Map([
  ["recipient", "recipient"],
  ["to", "recipient"],
  ["user", "user_id"],
  ["user_id", "user_id"],
  ["reference", "reference"],
  ["provider", "provider"],
  ["error", "error_code"],
  ["after", "created_after"],
  ["before", "created_before"],
]);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Words, of which quotes keep spaces together: provider:"my phone". */
export function words(text: string): string[] {
  return (text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []).map((word) => word.replaceAll('"', ""));
}

/** A time as people say it, in RFC 3339; undefined when it is none. */
export function time(text: string, now = new Date()): string | undefined {
  const midnight = (days: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toISOString();
  const said = text.toLowerCase();
  if (said === "today") return midnight(0);
  if (said === "yesterday") return midnight(-1);
  const ago = /^(\d{1,5})(m|min|h|d)$/.exec(said);
  if (ago) {
    const unit = { m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[ago[2]] ?? 0;
    return new Date(now.getTime() - Number(ago[1]) * unit).toISOString();
  }
  if (!/^\d{4}-\d\d-\d\d/.test(said)) return undefined;
  // A date without a time is local midnight, as the other days.
  const at = new Date(said.length === 10 ? `${text}T00:00` : text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The day that a time is in, as a filter. */
function dayOf(text: string, now: Date): Record<string, string> | undefined {
  const said = text.toLowerCase();
  const named = said === "today" || said === "yesterday" || /^\d{4}-\d\d-\d\d$/.test(said);
  const from = named ? time(text, now) : undefined;
  if (!from) return undefined;
  const at = new Date(from);
  const next = new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1);
  return { created_after: from, created_before: next.toISOString() };
}

/** The meaning of a word without a qualifier: its looks tell it. */
function bare(word: string): [string, string] {
  if (word.includes("@") || word.includes("://") || /^\+\d/.test(word)) return ["recipient", word];
  return [/^\d+$/.test(word) ? "user_id" : "reference", word];
}

function readQualified(name: string, value: string, now: Date): Record<string, string> | string {
  if (!value) return `"${name}:" needs a value.`;
  if (name === "on")
    return dayOf(value, now) ?? `"${value}" is no day; write yesterday or 2026-11-23.`;
  const filter = names.get(name);
  if (!filter) return `There is no "${name}:". For a reference, write reference:${name}:${value}`;
  if (!filter.startsWith("created_")) return { [filter]: value };
  const at = time(value, now);
  return at ? { [filter]: at } : `"${value}" is no time; write yesterday, 2h or 2026-11-23.`;
}

function read(word: string, now: Date): Record<string, string> | string {
  const member = /^metadata\.([^=:]+)[=:](.*)$/s.exec(word);
  if (member) return { [`metadata.${member[1]}`]: member[2] };
  if (word.startsWith("metadata.")) return `Write ${word}=VALUE.`;
  const qualified = /^([a-z_]+):(?!\/\/)(.*)$/is.exec(word);
  if (qualified) return readQualified(qualified[1].toLowerCase(), qualified[2], now);
  return Object.fromEntries([bare(word)]);
}

export function readSearch(text: string, now = new Date()): Search {
  const found: Search = { filters: {}, deliveries: false, wrong: [] };
  for (const word of words(text)) {
    if (uuid.test(word)) {
      found.id = word.toLowerCase();
      continue;
    }
    const meant = read(word, now);
    if (typeof meant === "string") found.wrong.push(meant);
    else Object.assign(found.filters, meant);
  }
  const used = Object.keys(found.filters);
  found.deliveries = used.includes("provider") || used.includes("error_code");
  const alone = used.find((name) => name === "reference" || name.startsWith("metadata."));
  if (found.deliveries && alone)
    found.wrong.push(`"provider:" and "error:" look at deliveries, which have no ${alone}.`);
  return found;
}
