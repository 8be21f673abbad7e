/** A user's own list of providers, and where a message would go. */
import { useState } from "preact/hooks";
import { call, post, segment } from "../api";
import { duration } from "../format";
import { useAction, useLoad } from "../hooks";
import { go, link } from "../router";
import { useAllowed } from "../session";
import type { Explanation, Provider, UserProvider } from "../types";
import { Card, Facts, Field, Head, Loading, Table, Trouble } from "../ui";

export function Users() {
  const [id, set] = useState("");
  return (
    <>
      <Head title="Users" sub="A user is a number that your programs choose." />
      <Card>
        <form
          class="search"
          onSubmit={(event) => {
            event.preventDefault();
            go(link(["users", id.trim()]));
          }}
        >
          <input
            aria-label="User's number"
            placeholder="User's number"
            inputMode="numeric"
            pattern="[0-9]+"
            required
            value={id}
            onInput={(event) => set(event.currentTarget.value)}
          />
          <button class="main">Show</button>
        </form>
      </Card>
    </>
  );
}

export function UserView({ id }: { id: string }) {
  const path = `v1/users/${segment(id)}/providers`;
  const { data, problem, again } = useLoad<UserProvider[]>(path);
  const mayChange = useAllowed("admin");
  return (
    <>
      <Head title={`User ${id}`}>
        <a href={link("messages", { q: `user:${id}` })}>Messages</a>
      </Head>
      <Trouble problem={problem} />
      {data ? (
        <div class="two">
          {mayChange
            ? <List key={JSON.stringify(data)} list={data} path={path} done={again} />
            : <ReadList list={data} />}
          <Route id={id} />
        </div>
      ) : (
        !problem && <Loading />
      )}
    </>
  );
}

const none = "No list: the configuration's order counts.";

function ReadList({ list }: { list: UserProvider[] }) {
  return (
    <Card title="Providers, first priority first">
      <Table
        label="Providers"
        count={list.length}
        empty={none}
        head={<><th scope="col">Provider</th><th scope="col">Address</th></>}
      >
        {list.map((one) => (
          <tr key={one.provider}><td>{one.provider}</td><td>{one.address}</td></tr>
        ))}
      </Table>
    </Card>
  );
}

function List(props: { list: UserProvider[]; path: string; done: () => void }) {
  const [list, set] = useState(props.list);
  const { busy, problem, run } = useAction();
  const known = useLoad<{ data: Provider[] }>("v1/providers").data?.data ?? [];
  const left = known.filter((one) => !list.some((other) => other.provider === one.name));
  const change = (place: number, by: Partial<UserProvider>) =>
    set(list.map((one, at) => (at === place ? { ...one, ...by } : one)));
  const up = (place: number) => {
    const next = [...list];
    next.splice(place - 1, 0, ...next.splice(place, 1));
    set(next);
  };
  const save = (event: Event) => {
    event.preventDefault();
    run(async () => {
      await call("PUT", props.path, list.map((one, place) => ({ ...one, priority: place + 1 })));
      props.done();
    });
  };
  return (
    <Card title="Providers, first priority first">
      <form onSubmit={save}>
        <Table
          label="Providers"
          count={list.length}
          empty={none}
          head={
            <>
              <th scope="col">Provider</th>
              <th scope="col">Address</th>
              <th scope="col">Active</th>
              <th scope="col"><span class="dim">Order</span></th>
            </>
          }
        >
          {list.map((one, place) => (
            <tr key={one.provider}>
              <td>{one.provider}</td>
              <td>
                <input
                  aria-label={`Address at ${one.provider}`}
                  value={one.address}
                  onInput={(event) => change(place, { address: event.currentTarget.value })}
                />
              </td>
              <td>
                <input
                  type="checkbox"
                  aria-label={`${one.provider} is active`}
                  checked={one.active}
                  onChange={(event) => change(place, { active: event.currentTarget.checked })}
                />
              </td>
              <td class="nowrap">
                <button
                  type="button"
                  class="small"
                  disabled={place === 0}
                  aria-label={`${one.provider} earlier`}
                  onClick={() => up(place)}
                >
                  Earlier
                </button>{" "}
                <button
                  type="button"
                  class="small"
                  aria-label={`Take ${one.provider} out`}
                  onClick={() => set(list.filter((other) => other !== one))}
                >
                  Take out
                </button>
              </td>
            </tr>
          ))}
        </Table>
        {left.length > 0 && (
          <p>
            <select
              aria-label="Add a provider"
              value=""
              onChange={(event) =>
                set([...list, { provider: event.currentTarget.value, priority: 0, active: true,
                  address: "", fallback_on_undelivered: false }])}
            >
              <option value="">Add a provider…</option>
              {left.map((one) => <option key={one.name}>{one.name}</option>)}
            </select>
          </p>
        )}
        <Trouble problem={problem} />
        <div class="buttons">
          <button class="main" disabled={busy || list === props.list}>Save the list</button>
        </div>
      </form>
    </Card>
  );
}

/** Nothing is stored and nothing is sent: the server explains. */
function Route({ id }: { id: string }) {
  const [recipient, set] = useState("");
  const [found, setFound] = useState<Explanation>();
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    run(async () =>
      setFound(await post("v1/routes/explain", { user_id: Number(id), message: "test",
        ...(recipient && { recipients: [recipient] }) })));
  };
  const to = found?.recipients[0];
  return (
    <Card title="Where would a message go?">
      <form onSubmit={submit}>
        <Field label="Recipient" hint="Empty: the addresses of the list. Nothing is sent.">
          <input value={recipient} onInput={(event) => set(event.currentTarget.value)} />
        </Field>
        <Trouble problem={problem} />
        <div class="buttons"><button disabled={busy}>Explain</button></div>
      </form>
      {to && (
        <div role="status">
          <ol class="ranks">
            {to.candidates.map((one) => (
              <li key={one.provider}>
                <span class="rank">{one.rank ?? "–"}</span>
                <span>
                  {one.provider} {one.address && `at ${one.address}`}
                  <span class="dim block">{one.reason}</span>
                </span>
              </li>
            ))}
          </ol>
          <h3>Times</h3>
          <Facts
            rows={to.plan.slice(0, 8).map((one) => [
              one.after === 0 ? "at once" : `+${duration(one.after * 1000)}`, one.provider])}
          />
        </div>
      )}
    </Card>
  );
}
