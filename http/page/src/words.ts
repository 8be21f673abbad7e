/** States in words, each with one of four tones. Words say it; the tone only helps to find it. */
import { clock, count, day, relative } from "./format";
import type { Endpoint, EndpointDelivery, MessageLine, Provider, RecipientLine, Transaction,
  WaitsFor } from "./types";

export type Tone = "ok" | "wait" | "bad" | "unknown" | "dim";
export interface Word {
  text: string;
  tone: Tone;
}

const outcomes: Record<string, Word> = {
  sent: { text: "sent", tone: "ok" },
  delivered: { text: "delivered", tone: "ok" },
  read: { text: "read", tone: "ok" },
  undelivered: { text: "not delivered", tone: "bad" },
  cancelled: { text: "cancelled", tone: "dim" },
  expired: { text: "expired", tone: "bad" },
  unknown: { text: "may have arrived", tone: "unknown" },
  failed: { text: "failed", tone: "bad" },
};

const errors: Record<string, string> = {
  recipient_rejected: "refused the recipient",
  message_rejected: "refused the content",
  throttled: "asked to slow down",
  unavailable: "was not available",
  misconfigured: "refused its credentials or settings",
  outcome_unknown: "gave no clear answer",
  expired: "expired",
  cancelled: "cancelled",
  no_route: "no provider is left",
  undelivered: "reported: not delivered",
};

/** An error code as a group's or a row's title. */
const titles: Record<string, string> = {
  recipient_rejected: "recipient refused",
  message_rejected: "content refused",
  throttled: "throttled",
  unavailable: "not available",
  misconfigured: "credentials or settings refused",
  outcome_unknown: "may have arrived",
  expired: "expired",
  cancelled: "cancelled",
  no_route: "no provider left",
  undelivered: "not delivered",
};

/** What an error means for the message. */
const meanings: Record<string, string> = {
  recipient_rejected: "Surely not sent. This provider will never reach this recipient.",
  message_rejected: "Surely not sent. This provider will never take this content.",
  throttled: "Surely not sent. The provider asked for a pause.",
  unavailable: "Surely not sent.",
  misconfigured: "Surely not sent. Somebody must look at the provider's settings.",
  outcome_unknown: "It may have been sent.",
  undelivered: "The provider had taken it, and then reported that it did not arrive.",
};

export const outcomeWord = (outcome: string): Word =>
  outcomes[outcome] ?? { text: outcome.replaceAll("_", " "), tone: "dim" };
export const errorWords = (code: string) => errors[code] ?? code.replaceAll("_", " ");
export const errorTitle = (code: string) => titles[code] ?? code.replaceAll("_", " ");
export const errorMeaning = (code: string) => meanings[code] ?? "";

function scheduledWords(at: string): string {
  const date = day(at);
  return `scheduled for ${date ? date + " " : ""}${clock(at)}`;
}

export function waitWords(waits: WaitsFor): string {
  const at = waits.provider ?? "a provider";
  const next = waits.next_at ? `, ${relative(waits.next_at)}` : "";
  switch (waits.reason) {
    case "scheduled":
      return waits.next_at ? scheduledWords(waits.next_at) : "scheduled";
    case "turn":
      return `waits for its turn at ${at}`;
    case "provider_down":
      return `waits for ${at}, which is down${next}`;
    case "provider_off":
      return `waits for ${at}, which is switched off`;
    case "throttled":
      return `${at} asked for a pause${next}`;
    case "next_round":
      return `all providers were tried; again ${waits.next_at ? relative(waits.next_at) : "later"}`;
    case "retry":
      return `tries again${next}`;
  }
}

/** The state of one delivery. */
export function transactionWord(at: Transaction): Word {
  if (at.settlement?.outcome === "arrived") return { text: "delivered, by hand", tone: "ok" };
  if (at.receipt === "read") return outcomeWord("read");
  if (at.receipt === "delivered") return outcomeWord("delivered");
  if (at.receipt === "undelivered") return outcomeWord("undelivered");
  if (at.status === "success") return outcomeWord("sent");
  if (at.waits_for) return { text: waitWords(at.waits_for), tone: "wait" };
  if (at.status === "processing") return { text: "being sent", tone: "wait" };
  if (at.status === "pending") return { text: "waits", tone: "wait" };
  if (at.superseded_by !== null) return { text: "went on", tone: "dim" };
  if (at.error_code === "outcome_unknown") return outcomeWord("unknown");
  if (at.error_code === "cancelled") return outcomeWord("cancelled");
  return { text: errorTitle(at.error_code ?? "failed"), tone: "bad" };
}

function recipientLineWord(at: MessageLine, to: RecipientLine): Word {
  if (to.outcome === "failed" && to.error_code)
    return { text: errorTitle(to.error_code), tone: "bad" };
  if (to.outcome) return outcomeWord(to.outcome);
  if (at.send_at && new Date(at.send_at) > new Date())
    return { text: scheduledWords(at.send_at), tone: "wait" };
  if (to.status === "processing") return { text: "being sent", tone: "wait" };
  return { text: to.provider ? `waits for ${to.provider}` : "waits", tone: "wait" };
}

/** The worst tone first: it is the one of several outcomes together. */
const tones: Tone[] = ["bad", "unknown", "wait", "ok", "dim"];

/** The state of a message of the list: in numbers when it has several recipients. */
export function messageWord(at: MessageLine): Word {
  const [to] = at.recipients;
  if (at.recipient_count === 1 && to) return recipientLineWord(at, to);
  const parts = Object.entries(at.outcomes).filter(([, number]) => number > 0);
  const word = (outcome: string): Word =>
    outcome === "open" ? { text: "open", tone: "wait" } : outcomeWord(outcome);
  const found = parts.map(([outcome]) => word(outcome).tone);
  return {
    text: parts.map(([outcome, number]) => `${count(number)} ${word(outcome).text}`).join(", "),
    tone: tones.find((one) => found.includes(one)) ?? "dim",
  };
}

/** The state of a provider. */
export function providerWord(at: Provider): Word {
  if (!at.active) return { text: "switched off", tone: "dim" };
  if (at.challenge) return { text: "asks for a captcha", tone: "bad" };
  if (at.circuit.held) return { text: "held", tone: "bad" };
  if (at.circuit.state === "open") return { text: "down", tone: "bad" };
  if (at.circuit.state === "half_open") return { text: "probing", tone: "wait" };
  if (at.paused_until) return { text: "pauses", tone: "wait" };
  return { text: "open for work", tone: "ok" };
}

/** The reason in a line: the server's own words and the time of the next try. */
export function providerReason(at: Provider): string {
  if (!at.active) return "Its messages go to other providers.";
  const said = at.circuit.reason ?? at.health.last_error ?? "";
  if (at.circuit.state !== "closed") {
    const next = at.circuit.open_until ? `next probe ${relative(at.circuit.open_until)}` : "";
    return [said, next].filter(Boolean).join("; ");
  }
  if (at.paused_until) return `It asked for a pause, until ${relative(at.paused_until)}.`;
  return at.health.consecutive_failures > 0 ? said : "";
}

const events: Record<string, Word> = {
  "message.accepted": { text: "accepted", tone: "dim" },
  "attempt.failed": { text: "an attempt failed", tone: "wait" },
  "message.sent": { text: "sent", tone: "ok" },
  "message.failed": { text: "failed", tone: "bad" },
  "provider.down": { text: "provider down", tone: "bad" },
  "provider.up": { text: "provider up", tone: "ok" },
  "provider.held": { text: "provider held", tone: "bad" },
  "endpoint.disabled": { text: "endpoint disabled", tone: "bad" },
};

/** An event of the feed; those of a message's end are its outcomes. */
export const eventWord = (type: string): Word =>
  events[type] ?? outcomeWord(type.slice(type.indexOf(".") + 1));

/** All types of the feed. */
export const eventTypes = ["message.accepted", "attempt.failed", "message.sent",
  "message.delivered", "message.failed", "message.undelivered", "message.read",
  "message.cancelled", "message.expired", "provider.down", "provider.up", "provider.held",
  "endpoint.disabled"];

/** The state of an endpoint. */
export function endpointWord(at: Endpoint): Word {
  if (at.state === "disabled")
    return at.disabled_reason
      ? { text: "disabled", tone: "bad" } : { text: "paused by hand", tone: "dim" };
  if (at.paused_until) return { text: `down, next try ${relative(at.paused_until)}`, tone: "bad" };
  return at.state === "failing"
    ? { text: "failing", tone: "wait" } : { text: "takes events", tone: "ok" };
}

const deliveries: Record<EndpointDelivery["state"], Word> = {
  waiting: { text: "tried again", tone: "wait" },
  undelivered: { text: "not delivered", tone: "bad" },
  delivered: { text: "delivered", tone: "ok" },
};
export const deliveryWord = (at: EndpointDelivery): Word => deliveries[at.state];
