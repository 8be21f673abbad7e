/** The search box: words with qualifiers become filters of the server. */

export const qualifiers = [
  ["recipient:", "+15551234567, or ann@example.org"],
  ["user:", "7"],
  ["provider:", "signal-main"],
  ["error:", "recipient_rejected"],
  ["after:", "yesterday, 2h, 2026-11-23 or 2026-11-23T08:00"],
  ["before:", "the same"],
] as const;

export interface Search {
  filters: Record<string, string>;
  /** An id that is looked up as it is. */
  id?: string;
  /** Mistakes, in words. */
  wrong: string[];
}

const names: Record<string, string> = {
  recipient: "recipient",
  to: "recipient",
  user: "user_id",
  user_id: "user_id",
  provider: "provider",
  error: "error_code",
  after: "created_after",
  before: "created_before",
};

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

function bare(word: string): [string, string] | undefined {
  if (word.includes("@") || word.includes("://") || /^\+\d/.test(word)) return ["recipient", word];
  if (/^\d+$/.test(word)) return ["user_id", word];
  return undefined;
}

export function readSearch(text: string, now = new Date()): Search {
  const found: Search = { filters: {}, wrong: [] };
  for (const word of words(text)) {
    if (uuid.test(word)) {
      found.id = word.toLowerCase();
      continue;
    }
    const colon = word.indexOf(":");
    const name = word.slice(0, Math.max(colon, 0));
    const value = word.slice(colon + 1);
    const filter = names[name.toLowerCase()];
    const plain = filter ? undefined : bare(word);
    if (plain) found.filters[plain[0]] = plain[1];
    else if (colon < 0) found.wrong.push(`"${word}" is no recipient, user or id.`);
    else if (!filter) found.wrong.push(`There is no "${name}:".`);
    else if (!value) found.wrong.push(`"${name}:" needs a value.`);
    else if (filter.startsWith("created_")) {
      const at = time(value, now);
      if (at) found.filters[filter] = at;
      else found.wrong.push(`"${value}" is no time; write yesterday, 2h or 2026-11-23.`);
    } else found.filters[filter] = value;
  }
  return found;
}
