/** One endpoint: its state, its last calls, and the events that failed alone. */
import { query, post, segment } from "../api";
import { count, duration } from "../format";
import { useAction, useLoad } from "../hooks";
import { link, usePlace } from "../router";
import type { Deliveries, Endpoint, EndpointDelivery, RecentDelivery } from "../types";
import { Card, Facts, Head, Loading, State, Table, Time, Trouble } from "../ui";
import { deliveryWord, endpointWord } from "../words";
import { EndpointActions } from "./endpoint_actions";

export function EndpointView({ id }: { id: string }) {
  const { query: asked } = usePlace();
  const path = `v1/endpoints/${segment(id)}`;
  const state = asked.get("state") ?? "";
  const before = asked.get("before") ?? "";
  const { data: at, problem, again } = useLoad<Endpoint>(path, 5);
  const found = useLoad<Deliveries>(`${path}/deliveries` + query({ state, before }), before ? 0 : 5);
  const done = () => {
    again();
    found.again();
  };
  return (
    <>
      <Head title={at?.url ?? "Endpoint"} state={at && endpointWord(at)} sub={at?.description}>
        {at && <EndpointActions at={at} done={done} />}
      </Head>
      <Trouble problem={problem ?? found.problem} />
      {at?.disabled_reason && (
        <div class="card note bad-note">
          <p>
            <b>Disabled: {at.disabled_reason}.</b> Mend the receiver, then resume it. It goes on
            where it stopped.
          </p>
        </div>
      )}
      {at && (
        <div class="two">
          <div>
            {found.data && <Recent calls={found.data.recent} />}
            {found.data && (
              <Alone id={id} state={state} path={path} found={found.data} done={done} />
            )}
          </div>
          <About at={at} />
        </div>
      )}
      {!at && !problem && <Loading />}
    </>
  );
}

function About({ at }: { at: Endpoint }) {
  return (
    <Card title="Endpoint">
      <Facts
        rows={[
          ["Events", at.types.join(", ") || "all"],
          ["Users", at.user_ids.join(", ") || "all"],
          ["Private addresses", at.allow_private && "allowed"],
          ["Last delivery", <Time at={at.last_success_at} />],
          ["Last failure", <Time at={at.last_failure_at} />],
          ["Last error", at.last_error],
          ["Failing since", at.failing_since && <Time at={at.failing_since} />],
          ["Next try", at.paused_until && <Time at={at.paused_until} />],
          ["Old secret until", at.old_secret_until && <Time at={at.old_secret_until} />],
          ["Made", <Time at={at.created_at} />],
        ]}
      />
    </Card>
  );
}

function Recent({ calls }: { calls: RecentDelivery[] }) {
  return (
    <Card title="The last calls at this server">
      <Table
        label="The last calls"
        count={calls.length}
        empty="It was not called since the start."
        head={
          <>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">Answer</th>
            <th scope="col" class="n">Took</th>
          </>
        }
      >
        {calls.map((one) => (
          <tr key={one.event_id + one.at}>
            <td class="mono dim nowrap"><Time at={one.at} /></td>
            <td class="who">{one.type}</td>
            <td class="who">
              {one.delivered ? <State word={{ text: "taken", tone: "ok" }} />
                : <State word={{ text: one.error ?? "failed", tone: "bad" }} />}
            </td>
            <td class="n">{duration(one.duration_ms)}</td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

const states = [["", "all"], ["waiting", "tried again"], ["undelivered", "not delivered"],
  ["delivered", "delivered"]] as const;

function Alone(props: { id: string; state: string; path: string; found: Deliveries;
  done: () => void }) {
  const { id, state, found } = props;
  const { busy, problem, run } = useAction();
  const address = (values: Record<string, string>) => link(["endpoints", id], values);
  const send = (one: EndpointDelivery) => run(async () => {
    await post(`${props.path}/replay`, { delivery_id: one.id });
    props.done();
  });
  return (
    <Card title="Events that failed while others went on">
      <div class="chips" role="group" aria-label="State">
        {states.map(([value, name]) => (
          <a
            key={value}
            class="chip"
            href={address({ state: value })}
            aria-current={state === value ? "true" : undefined}
          >
            {name}
          </a>
        ))}
      </div>
      <Trouble problem={problem} />
      <Table
        label="Events that failed"
        count={found.data.length}
        empty="None."
        head={
          <>
            <th scope="col">Event</th>
            <th scope="col">State</th>
            <th scope="col" class="n">Tries</th>
            <th scope="col">Last error</th>
            <th scope="col"><span class="dim">Action</span></th>
          </>
        }
      >
        {found.data.map((one) => (
          <tr key={one.id}>
            <td class="who">
              {one.message_id
                ? <a href={link(["messages", one.message_id])}>{one.type}</a> : one.type}
              <div class="dim"><Time at={one.created_at} /></div>
            </td>
            <td>
              <State word={deliveryWord(one)} />
              {one.next_attempt_at && <div class="dim"><Time at={one.next_attempt_at} /></div>}
            </td>
            <td class="n">{count(one.attempts)}</td>
            <td class="reason">{one.last_error}</td>
            <td>
              {one.state === "undelivered" && (
                <button type="button" class="small" disabled={busy} onClick={() => send(one)}>
                  Send again
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {found.next_before !== null && (
        <p><a href={address({ state, before: String(found.next_before) })}>Older</a></p>
      )}
    </Card>
  );
}
