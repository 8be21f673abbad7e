/** The list of messages: search, states, and a keyboard for those who look all day. */
import { useEffect, useMemo } from "preact/hooks";
import { query } from "../api";
import { hasChosen, useChosen } from "../chosen";
import { count } from "../format";
import { useLoad } from "../hooks";
import { go, link, usePlace } from "../router";
import { readSearch } from "../search";
import type { Counts, MessageLine, Page, Transaction } from "../types";
import { Card, Copy, Head, Loading, Trouble } from "../ui";
import { Rows, deliveryRows, messageRows } from "./message_rows";
import { SearchBox } from "./search_box";

/** States of messages: a status, or the outcome of at least one recipient. */
const states = [
  ["", "all"],
  ["pending", "waiting"],
  ["processing", "being sent"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["undelivered", "not delivered"],
  ["unknown", "may have arrived"],
  ["failed", "failed"],
  ["expired", "expired"],
  ["cancelled", "cancelled"],
] as const;

const deliveryStates = [
  ["", "all"],
  ["pending", "waiting"],
  ["processing", "being sent"],
  ["success", "sent"],
  ["failed", "failed"],
] as const;

function numberOf(counted: Counts, state: string): number {
  if (state === "") return counted.messages;
  return counted.by_outcome[state] ?? counted.by_status[state] ?? 0;
}

/** The request for a search in a state. */
function pathOf(text: string, state: string, cursor: string) {
  const search = readSearch(text);
  const chips = search.deliveries ? deliveryStates : states;
  const known = chips.some(([value]) => value === state) ? state : "";
  const { user_id: user, ...others } = search.filters;
  const page = { cursor, limit: 50 };
  if (search.deliveries) {
    const base = user ? `v1/users/${encodeURIComponent(user)}/transactions` : "v1/transactions";
    return { search, chips, known, counts: undefined,
      path: base + query({ ...others, status: known, ...page }) };
  }
  const name = known === "pending" || known === "processing" ? "status" : "outcome";
  return { search, chips, known, counts: "v1/messages/counts" + query(search.filters),
    path: "v1/messages" + query({ ...search.filters, [name]: known, ...page }) };
}

export function Messages() {
  const place = usePlace();
  const text = place.query.get("q") ?? "";
  const state = place.query.get("state") ?? "";
  const cursor = place.query.get("cursor") ?? "";
  // "2h" is read once, so that the list asks the same question each time.
  const { search, chips, known, counts, path } = useMemo(
    () => pathOf(text, state, cursor), [text, state, cursor]);
  const asked = search.wrong.length > 0 ? undefined : path;
  const address = (values: Record<string, string | undefined>) =>
    link("messages", { q: text, state: known, ...values });

  // An id is no filter: it is the message.
  useEffect(() => {
    if (search.id) go(link(["messages", search.id]), true);
  }, [search.id]);
  const { rows, data, problem, chosen } = useRows(asked, search.deliveries,
    search.filters.recipient, cursor !== "");

  const { data: counted } = useLoad<Counts>(asked && counts, 10, true);

  return (
    <>
      <Head title="Messages">
        <Copy text={location.href}>Copy link</Copy>
      </Head>
      <SearchBox text={text} onSearch={(q) => go(link("messages", { q, state: known }))} />
      {search.wrong.map((one) => (
        <p key={one} class="bad" role="alert">{one}</p>
      ))}
      <div class="chips" role="group" aria-label="State">
        {chips.map(([value, name]) => (
          <a
            key={value}
            class="chip"
            href={address({ state: value || undefined })}
            aria-current={known === value ? "true" : undefined}
          >
            {name} {counted && <small>{count(numberOf(counted, value))}</small>}
          </a>
        ))}
      </div>
      <Trouble problem={problem} />
      {data ? (
        <Card>
          <Rows
            rows={rows}
            chosen={chosen}
            referenced={!search.deliveries}
            empty={
              data.has_more
                ? "No match among those that were looked at. Older ones may match."
                : "No message matches. Take a filter away, or look at an earlier time."
            }
          />
        </Card>
      ) : (
        !problem && asked && <Loading />
      )}
      <p class="dim">
        {counted &&
          `The numbers are of ${counted.complete ? "" : "the newest messages of "}24 hours. `}
        Newest first{chosen.id && "; the list stands still while a row is chosen"}.{" "}
        {cursor && <a href={address({})}>Newest</a>}{" "}
        {data?.next_cursor && <a href={address({ cursor: data.next_cursor })}>Older</a>}
      </p>
    </>
  );
}

/** The rows of one list or the other; new ones come in only while none is chosen. */
function useRows(path: string | undefined, deliveries: boolean, recipient: string | undefined,
  older: boolean) {
  const { data, problem } = useLoad<Page<MessageLine | Transaction>>(
    path, older || hasChosen() ? 0 : 5, true);
  const rows = useMemo(() => {
    const found = data?.data ?? [];
    return deliveries
      ? deliveryRows(found as Transaction[])
      : messageRows(found as MessageLine[], recipient);
  }, [data, deliveries, recipient]);
  const chosen = useChosen(rows.map((one) => one.id), location.hash);
  return { rows, data, problem, chosen };
}
