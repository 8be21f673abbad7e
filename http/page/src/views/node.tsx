/** The node that answers: its lease, its load, and taking it out of service. */
import { useState } from "preact/hooks";
import { post } from "../api";
import { count, duration } from "../format";
import { useAction, useLoad } from "../hooks";
import type { NodeState, Readiness } from "../types";
import { Card, Confirm, Facts, Head, Loading, Trouble } from "../ui";
import type { Word } from "../words";

/** The reason that /readyz gives when a person drained the server. */
const isDrained = (ready: Readiness) => ready.reasons.some((one) => one.includes("drained"));

function nodeWord(ready: Readiness): Word {
  if (isDrained(ready)) return { text: "drained", tone: "wait" };
  return ready.status === "ready"
    ? { text: "takes messages", tone: "ok" } : { text: "not ready", tone: "bad" };
}

export function Node() {
  const inspected = (section: string) => `admin/inspect?section=${section}`;
  const node = useLoad<Pick<NodeState, "node">>(inspected("node"), 5);
  const build = useLoad<Pick<NodeState, "build">>(inspected("build"), 5);
  const http = useLoad<Pick<NodeState, "http">>(inspected("http"), 5);
  const ready = useLoad<Readiness>("readyz", 5);
  const [asks, ask] = useState(false);
  const at = node.data?.node;
  const drained = ready.data && isDrained(ready.data);
  return (
    <>
      <Head
        title={at ? `Node ${at.id}` : "Node"}
        state={ready.data && nodeWord(ready.data)}
        sub="The one that answers this page. Behind a proxy, another request may reach another node."
      >
        {ready.data && (
          <button type="button" onClick={() => ask(true)}>
            {drained ? "Take work again…" : "Drain…"}
          </button>
        )}
      </Head>
      <Trouble problem={node.problem ?? build.problem ?? http.problem ?? ready.problem} />
      {[...(ready.data?.reasons ?? []), ...(ready.data?.warnings ?? [])].map((one) => (
        <div key={one} class="card note"><p>{one}</p></div>
      ))}
      {at && build.data && http.data ? (
        <div class="two">
          <Card title="Process">
            <Facts
              rows={[
                ["Host", at.host],
                ["Process", at.pid],
                ["Version", build.data.build.version],
                ["Runs for", duration(build.data.build.uptime_ms)],
                ["Connections", count(http.data.http.connections)],
                ["Requests in hand", count(http.data.http.in_flight)],
                ["Too slow answers", count(http.data.http.gateway_timeouts)],
                ["Wrong keys held back", count(http.data.http.wrong_keys_held_back)],
              ]}
            />
          </Card>
          <Card title="Lease on its messages">
            <Facts
              rows={[
                ["Left", `${duration(at.lease_left_ms)} of ${duration(at.lease_ms)}`],
                ["Renewed", count(at.renewals)],
                ["Nodes taken over", count(at.nodes_taken_over)],
                ["Messages of those", count(at.rows_taken_over)],
                ["Last error", at.last_error],
              ]}
            />
          </Card>
        </div>
      ) : (
        !node.problem && <Loading />
      )}
      {asks && <Drain drained={drained === true} onClose={() => ask(false)} done={ready.again} />}
    </>
  );
}

function Drain(props: { drained: boolean; onClose: () => void; done: () => void }) {
  const { drained, onClose, done } = props;
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title={drained ? "Take new messages again?" : "Refuse new messages here?"}
      yes={drained ? "Take them" : "Drain it"}
      danger={!drained}
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() => run(async () => {
        await post(drained ? "admin/resume" : "admin/drain");
        done();
        onClose();
      })}
    >
      <p>
        {drained ? "/readyz says again that this node is ready."
          : "/readyz says so, and a proxy sends new messages elsewhere. What was accepted is still " +
            "delivered."}
      </p>
    </Confirm>
  );
}
