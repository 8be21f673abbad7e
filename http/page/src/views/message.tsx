/** One message: what happened to it, why, and what can still be done. */
import { useState } from "preact/hooks";
import { root, segment } from "../api";
import { count, duration } from "../format";
import { useLoad } from "../hooks";
import { link } from "../router";
import { summary, timeline } from "../timeline";
import type { Explanation, Message, Recipient } from "../types";
import { Card, Copy, Facts, Head, Loading, State, Table, Time, Trouble } from "../ui";
import { outcomeWord, transactionWord } from "../words";
import type { Word } from "../words";
import { MessageActions } from "./message_actions";

function recipientWord(to: Recipient): Word {
  if (to.outcome) {
    const last = to.transactions.at(-1);
    const word = outcomeWord(last?.receipt === "read" ? "read" : to.outcome);
    const by = word.tone === "ok" && last ? ` by ${last.provider}` : "";
    return { ...word, text: word.text + by };
  }
  const last = to.transactions.at(-1);
  return last ? transactionWord(last) : { text: to.status, tone: "dim" };
}

/** Everything that is known is one request away; the text is part of it. */
function curl(at: Message): string {
  const body = {
    user_id: at.user_id,
    recipients: at.recipients.map((one) => one.recipient),
    message: at.message,
    ...(at.subject !== null && { subject: at.subject }),
    ...(at.html !== null && { html: at.html }),
    ...(at.type !== null && { type: at.type }),
    ...(at.priority !== "normal" && { priority: at.priority }),
    ...(at.metadata !== null && { metadata: at.metadata }),
  };
  const quoted = JSON.stringify(body).replaceAll("'", `'\\''`);
  return `curl -H 'Content-Type: application/json' -H "Authorization: Bearer $POSTRIDER_KEY" ` +
    `${new URL("v1/messages", root)} -d '${quoted}'`;
}

export function MessageView({ id, chosen }: { id: string; chosen: string | null }) {
  const [live, setLive] = useState(true);
  const { data: at, problem, again } = useLoad<Message>(
    `v1/messages/${segment(id)}`, live ? 2 : 0);
  // A message that has ended changes only by a late receipt.
  const open = (at?.outcomes.open ?? 1) > 0;
  if (live && at && !open) setLive(false);
  if (!live && open) setLive(true);
  if (!at)
    return (
      <>
        <Head title="Message" sub={<span class="mono">{id}</span>} />
        {problem ? <Trouble problem={problem} /> : <Loading />}
      </>
    );
  const to = at.recipients.find((one) => one.recipient === chosen) ?? at.recipients[0];
  const several = at.recipients.length > 1;
  return (
    <>
      <Head
        title={to ? `To ${to.recipient}` : "Message"}
        state={to && recipientWord(to)}
        sub={to && summary(at, to)}
      >
        {!at.body_removed_at && <Copy text={curl(at)}>Copy as curl</Copy>}
        <MessageActions message={at} done={again} />
      </Head>
      <Trouble problem={problem} />
      {several && <Recipients at={at} shown={to} />}
      <div class="two">
        <div>
          {to && <Story at={at} to={to} />}
          <Text at={at} />
        </div>
        <div>
          <About at={at} to={to} />
          {to && <Why to={to} />}
        </div>
      </div>
    </>
  );
}

function Recipients({ at, shown }: { at: Message; shown?: Recipient }) {
  const [all, setAll] = useState(false);
  const rows = all ? at.recipients : at.recipients.slice(0, 20);
  return (
    <Card title={`${count(at.recipients.length)} recipients`}>
      <Table
        label="Recipients"
        count={rows.length}
        empty=""
        head={<><th scope="col">Recipient</th><th scope="col">Outcome</th></>}
      >
        {rows.map((one) => (
          <tr key={one.recipient}>
            <td>
              <a
                href={link(["messages", at.message_id], { to: one.recipient })}
                aria-current={one === shown ? "true" : undefined}
              >
                {one.recipient}
              </a>
            </td>
            <td><State word={recipientWord(one)} /></td>
          </tr>
        ))}
      </Table>
      {rows.length < at.recipients.length && (
        <button type="button" onClick={() => setAll(true)}>Show all</button>
      )}
    </Card>
  );
}

function Story({ at, to }: { at: Message; to: Recipient }) {
  return (
    <Card title="What happened">
      <ol class="line">
        {timeline(at, to).map((one, place) => (
          <li key={place} class={one.tone}>
            <span class="at">
              {one.at && <Time at={one.at} millis />}
              {one.took && ` · ${one.took}`}
            </span>
            <span class="said"><b>{one.who}</b> {one.text}</span>
            {one.answer && <pre>{one.answer}</pre>}
            {one.note && <span class="dim block">{one.note}</span>}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Text({ at }: { at: Message }) {
  const [shown, show] = useState(false);
  const characters = [...at.message].length;
  if (at.body_removed_at)
    return (
      <Card title="Text">
        <p class="dim">Removed <Time at={at.body_removed_at} />, as the configuration says.</p>
      </Card>
    );
  return (
    <Card
      title="Text"
      tools={
        <button type="button" class="small" aria-expanded={shown} onClick={() => show(!shown)}>
          {shown ? "Hide" : "Show"}
        </button>
      }
    >
      {shown ? (
        <>
          {at.subject && <p><b>{at.subject}</b></p>}
          <pre class="text">{at.message}</pre>
          {at.html && (
            <details>
              <summary>HTML, as source</summary>
              <pre class="text">{at.html}</pre>
            </details>
          )}
        </>
      ) : (
        <p class="dim">Hidden. {count(characters)} characters{at.html && ", and HTML"}.</p>
      )}
    </Card>
  );
}

function About({ at, to }: { at: Message; to?: Recipient }) {
  const last = to?.transactions.at(-1);
  return (
    <Card title="Message">
      <Facts
        rows={[
          ["Id", <span class="mono">{at.message_id}</span>],
          ["Reference", at.reference && <span class="mono">{at.reference}</span>],
          ["User", <a href={link(["users", String(at.user_id)])}>{at.user_id}</a>],
          ["Accepted", <Time at={at.created_at} millis />],
          ["Priority", at.priority],
          ["Asked for", at.type && (at.fallback ? `${at.type} first` : `${at.type} only`)],
          ["Not before", at.send_at && <Time at={at.send_at} />],
          ["Expires", at.expires_at && <Time at={at.expires_at} />],
          ["Retries", last && `${last.retries_used} of ${last.max_retries} used`],
          ["Test", at.test && "yes: nothing left the server"],
          ["Provider's id", last?.provider_ref && <span class="mono">{last.provider_ref}</span>],
          ...Object.entries(at.metadata ?? {}).map(([name, value]): [string, preact.JSX.Element] => [
            name,
            <span class="mono">{value}</span>,
          ]),
        ]}
      />
    </Card>
  );
}

/** The decision, as the server explains it. */
function Why({ to }: { to: Recipient }) {
  const last = to.transactions.at(-1);
  const { data } = useLoad<Explanation>(last && `v1/transactions/${last.id}/explain`);
  const found = data?.recipients[0];
  if (!found) return null;
  return (
    <Card title="Why this way">
      <ol class="ranks">
        {found.candidates.map((one) => (
          <li key={`${one.provider} ${one.address}`} class={one.rank === null ? "out" : ""}>
            <span class="rank">{one.rank ?? "–"}</span>
            <span>
              <a href={link(["providers", one.provider])}>{one.provider}</a>
              {one.address && one.address !== to.recipient && ` at ${one.address}`}
              <span class="dim block">{one.reason}</span>
            </span>
          </li>
        ))}
      </ol>
      {found.plan.length > 0 && (
        <>
          <h3>If one fails</h3>
          <Facts
            rows={found.plan.slice(0, 8).map((one) => [
              one.after === 0 ? "at once" : `+${duration(one.after * 1000)}`,
              one.provider,
            ])}
          />
        </>
      )}
    </Card>
  );
}
