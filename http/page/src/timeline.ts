/** The story of a message to one recipient, as lines in the order of time. */
import { between, duration, plural } from "./format";
import type { Attempts, Message, Recipient, Transaction } from "./types";
import { errorMeaning, errorWords, outcomeWord, waitWords } from "./words";
import type { Tone } from "./words";

export interface Line {
  at: string | null;
  tone: Tone;
  /** The one who acted, set in bold: "signal-main". */
  who: string;
  text: string;
  took?: string;
  /** The provider's answer, as it came. */
  answer?: string | null;
  note?: string;
}

const own = (at: Transaction): Attempts | undefined =>
  at.attempts.find((one) => one.provider === at.provider);

/** Words on what followed an attempt that failed. */
function afterwards(at: Transaction, next: Transaction | undefined): string {
  if (!next) return at.final ? "Nothing more is tried." : "";
  if (next.provider !== at.provider) return `It went on with ${next.provider}.`;
  return `Tried again at ${next.provider}.`;
}

function attemptLine(at: Transaction, next: Transaction | undefined): Line | undefined {
  const attempts = own(at);
  const last = attempts?.last;
  if (!attempts || !last) return undefined;
  const took = last.duration_ms === null ? undefined : duration(last.duration_ms);
  if (last.outcome === "accepted" || (last.outcome === "undelivered" && at.status === "success"))
    return { at: last.began_at, tone: "ok", who: at.provider, text: "took it", took,
      answer: last.answer };
  const unknown = last.outcome === "outcome_unknown";
  // One line stands for all tries of one transaction at its provider.
  const tries = at.superseded_by === null && attempts.count > 1
    ? `${plural(attempts.count, "attempt")} there so far` +
      (attempts.first?.began_at && last.began_at
        ? `, over ${between(attempts.first.began_at, last.began_at)}.` : ".")
    : "";
  return {
    at: last.began_at,
    tone: unknown ? "unknown" : "bad",
    who: at.provider,
    text: errorWords(last.outcome),
    took,
    answer: last.answer ?? at.error_message,
    note: [errorMeaning(last.outcome), tries, afterwards(at, next)].filter(Boolean).join(" "),
  };
}

function receiptLine(at: Transaction): Line | undefined {
  if (!at.receipt) return undefined;
  const word = outcomeWord(at.receipt);
  return { at: at.receipt_at, tone: word.tone, who: "Receipt", text: `from ${at.provider}: ` +
    word.text };
}

function endLine(at: Transaction): Line | undefined {
  if (at.settlement) {
    const text = { arrived: "it arrived", not_sent: "it was not sent, so it was sent again",
      give_up: "nothing more is tried" }[at.settlement.outcome] ?? at.settlement.outcome;
    return { at: at.settlement.at, tone: "unknown", who: at.settlement.by ?? "Somebody",
      text: `decided: ${text}` };
  }
  if (at.error_code === "cancelled" || at.error_code === "expired" || at.error_code === "no_route")
    return {
      at: at.completed_at ?? at.updated_at,
      tone: at.error_code === "cancelled" ? "dim" : "bad",
      who: { cancelled: "Cancelled", expired: "Expired", no_route: "Given up" }[at.error_code],
      text: at.error_code === "no_route" ? "because no provider is left that can take it" : "",
      note: at.error_message ?? undefined,
    };
  if (at.waits_for)
    return { at: null, tone: "wait", who: "Now", text: `it ${nowWords(at)}` };
  if (at.status === "processing")
    return { at: null, tone: "wait", who: "Now", text: `it is being sent by ${at.provider}` };
  return undefined;
}

function nowWords(at: Transaction): string {
  const words = waitWords(at.waits_for!);
  return /^(waits|tries)/.test(words) ? words : `waits: ${words}`;
}

export function timeline(message: Message, to: Recipient): Line[] {
  const chain = to.transactions;
  const lines: Line[] = [{
    at: message.created_at,
    tone: "ok",
    who: "Accepted",
    text: `for user ${message.user_id}, first for ${chain[0]?.provider ?? "no provider"}`,
    note: message.send_at ? `Not before ${message.send_at}.` : undefined,
  }];
  chain.forEach((at, place) => {
    for (const line of [attemptLine(at, chain[place + 1]), receiptLine(at), endLine(at)])
      if (line) lines.push(line);
  });
  return lines;
}

/** The result in a sentence. */
export function summary(message: Message, to: Recipient): string {
  const last = to.transactions.at(-1);
  if (!last) return "";
  const begun = `Accepted ${duration(Date.now() - new Date(message.created_at).getTime())} ago`;
  const providers = new Set(to.transactions.map((one) => one.provider)).size;
  const fallback = providers > 1 ? `, after ${plural(providers - 1, "fallback")}` : "";
  const end = last.receipt_at ?? last.completed_at;
  const twice = last.possible_duplicate
    ? "An earlier attempt may have arrived too." : "Nothing was sent twice.";
  if (to.outcome === "delivered" && end)
    return `${begun}, delivered ${between(message.created_at, end)} later${fallback}. ${twice}`;
  if (to.outcome === "sent" && end)
    return `${begun}, taken by ${last.provider} ${between(message.created_at, end)} ` +
      `later${fallback}; there is no receipt. ${twice}`;
  if (to.outcome === null) return `${begun}; it goes on.`;
  return `${begun}${fallback}.`;
}
