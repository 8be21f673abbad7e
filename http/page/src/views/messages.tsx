/** The list of messages: search, states, and a keyboard for those who look all day. */
import { useEffect, useRef, useState } from "preact/hooks";
import { query } from "../api";
import { useKeys, useLoad } from "../hooks";
import { go, link, usePlace } from "../router";
import { qualifiers, readSearch } from "../search";
import type { Page, Transaction } from "../types";
import { Card, Copy, Head, Loading, State, Table, Time, Trouble } from "../ui";
import { transactionWord } from "../words";

const chips = [
  ["", "all"],
  ["pending", "waiting"],
  ["processing", "being sent"],
  ["success", "sent"],
  ["failed", "failed"],
] as const;

export function Messages() {
  const place = usePlace();
  const text = place.query.get("q") ?? "";
  const status = place.query.get("status") ?? "";
  const cursor = place.query.get("cursor") ?? "";
  const search = readSearch(text);
  const { user_id: user, ...filters } = search.filters;
  const path = user ? `v1/users/${encodeURIComponent(user)}/transactions` : "v1/transactions";
  const { data, problem } = useLoad<Page<Transaction>>(
    search.wrong.length > 0 ? undefined : path + query({ ...filters, status, cursor, limit: 50 }),
    cursor ? 0 : 5,
  );
  const rows = data?.data ?? [];
  const address = (values: Record<string, string | undefined>) =>
    link("messages", { q: text, status, ...values });

  // An id is no filter: it is the message.
  useEffect(() => {
    if (search.id) go(link(["messages", search.id]), true);
  }, [search.id]);
  const [at, setAt] = useState(-1);
  useEffect(() => setAt(-1), [path, text, status, cursor]);
  const step = (by: number) => setAt(Math.min(rows.length - 1, Math.max(0, at + by)));
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => rows[at] && go(link(["messages", rows[at].message_id], { to: rows[at].recipient })),
  });

  return (
    <>
      <Head title="Messages">
        <Copy text={location.href}>Copy link</Copy>
      </Head>
      <SearchBox text={text} onSearch={(q) => go(link("messages", { q, status }))} />
      {search.wrong.map((one) => (
        <p key={one} class="bad" role="alert">{one}</p>
      ))}
      <div class="chips" role="group" aria-label="State">
        {chips.map(([value, name]) => (
          <a
            key={value}
            class="chip"
            href={address({ status: value || undefined, cursor: undefined })}
            aria-current={status === value ? "true" : undefined}
          >
            {name}
          </a>
        ))}
      </div>
      <Trouble problem={problem} />
      {data ? (
        <Card>
          <Rows rows={rows} chosen={at} />
        </Card>
      ) : (
        !problem && search.wrong.length === 0 && <Loading />
      )}
      <p class="dim">
        Newest first.{" "}
        {cursor && <a href={address({})}>Newest</a>}{" "}
        {data?.next_cursor && <a href={address({ cursor: data.next_cursor })}>Older</a>}
      </p>
    </>
  );
}

export function SearchBox({ text, onSearch }: { text: string; onSearch: (q: string) => void }) {
  const [typed, setTyped] = useState(text);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(text), [text]);
  useKeys({ "/": () => box.current?.select() });
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        box.current?.blur();
        onSearch(typed.trim());
      }}
    >
      <input
        ref={box}
        type="search"
        value={typed}
        aria-label="Search"
        aria-describedby="qualifiers"
        placeholder="Recipient, user or id…   press /"
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <button>Search</button>
      <p id="qualifiers" class="hints dim">
        {qualifiers.map(([name, example]) => (
          <span key={name}><code>{name}</code> {example}</span>
        ))}
      </p>
    </form>
  );
}

function Rows({ rows, chosen }: { rows: Transaction[]; chosen: number }) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => row.current?.querySelector("a")?.focus(), [chosen]);
  return (
    <Table
      label="Messages"
      count={rows.length}
      empty="No message matches. Take a filter away, or look at an earlier time."
      head={
        <>
          <th scope="col">Recipient</th>
          <th scope="col">Outcome</th>
          <th scope="col">Through</th>
          <th scope="col" class="n wide">User</th>
          <th scope="col" class="n">Accepted</th>
        </>
      }
    >
      {rows.map((one, place) => (
        <tr key={one.id} ref={place === chosen ? row : undefined}>
          <td class="who">
            <a href={link(["messages", one.message_id], { to: one.recipient })}>{one.recipient}</a>
          </td>
          <td><State word={transactionWord(one)} /></td>
          <td>{one.provider}</td>
          <td class="n wide">{one.user_id}</td>
          <td class="n mono dim nowrap"><Time at={one.created_at} /></td>
        </tr>
      ))}
    </Table>
  );
}
