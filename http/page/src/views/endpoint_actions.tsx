/** What an operator does with an endpoint. */
import { useState } from "preact/hooks";
import { call, post } from "../api";
import { duration, plural } from "../format";
import { useAction } from "../hooks";
import { go, link } from "../router";
import type { Endpoint, EndpointTest } from "../types";
import { Confirm, Dialog, Field, State, Trouble } from "../ui";
import { EndpointForm, Secret } from "./endpoint_form";

interface Asked {
  at: Endpoint;
  onClose: () => void;
  done: () => void;
}

const pathOf = (at: Endpoint) => `v1/endpoints/${at.id}`;

export function EndpointActions({ at, done }: { at: Endpoint; done: () => void }) {
  const [asked, ask] = useState<"test" | "change" | "rotate" | "replay" | "pause" | "delete">();
  const shared = { at, done, onClose: () => ask(undefined) };
  return (
    <>
      <button type="button" onClick={() => ask("test")}>Send a test…</button>
      <button type="button" onClick={() => ask("change")}>Change…</button>
      <button type="button" onClick={() => ask("pause")}>
        {at.state === "disabled" ? "Resume…" : "Pause…"}
      </button>
      <button type="button" onClick={() => ask("replay")}>Replay…</button>
      <button type="button" onClick={() => ask("rotate")}>New secret…</button>
      <button type="button" onClick={() => ask("delete")}>Delete…</button>
      {asked === "test" && <Test {...shared} />}
      {asked === "change" && <EndpointForm {...shared} />}
      {asked === "pause" && <Pause {...shared} />}
      {asked === "replay" && <Replay {...shared} />}
      {asked === "rotate" && <Rotate {...shared} />}
      {asked === "delete" && <Delete {...shared} />}
    </>
  );
}

function Test({ at, done, onClose }: Asked) {
  const { busy, problem, run } = useAction();
  const [answer, setAnswer] = useState<EndpointTest>();
  return (
    <Dialog title="Send a test event" onClose={onClose}>
      <p>One event of the type endpoint.test, now, signed as all others.</p>
      <div role="status">
        {answer && (
          <p>
            <State
              word={answer.delivered
                ? { text: "delivered", tone: "ok" } : { text: "not delivered", tone: "bad" }}
            />{" "}
            in {duration(answer.duration_ms)}
          </p>
        )}
        {answer?.error && <pre>{answer.error}</pre>}
      </div>
      <Trouble problem={problem} />
      <div class="buttons">
        <button type="button" onClick={onClose}>Close</button>
        <button
          type="button"
          class="main"
          disabled={busy}
          onClick={() => run(async () => {
            setAnswer(undefined);
            setAnswer(await post<EndpointTest>(`${pathOf(at)}/test`));
            done();
          })}
        >
          {busy ? "Sending…" : "Send it"}
        </button>
      </div>
    </Dialog>
  );
}

function Pause({ at, done, onClose }: Asked) {
  const { busy, problem, run } = useAction();
  const on = at.state === "disabled";
  return (
    <Confirm
      title={on ? "Resume this endpoint?" : "Pause this endpoint?"}
      yes={on ? "Resume it" : "Pause it"}
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() => run(async () => {
        await call("PATCH", pathOf(at), { enabled: on });
        done();
        onClose();
      })}
    >
      <p>
        {on ? "It goes on where it stopped, with the events that were kept meanwhile."
          : "Nothing is sent until you resume it. It then goes on where it stopped."}
      </p>
    </Confirm>
  );
}

const overlaps = [[86_400, "for a day"], [3600, "for an hour"], [604_800, "for a week"],
  [0, "no longer"]] as const;

function Rotate({ at, done, onClose }: Asked) {
  const { busy, problem, run } = useAction();
  const [overlap, setOverlap] = useState<number>(overlaps[0][0]);
  const [made, setMade] = useState<Endpoint>();
  if (made) return <Secret at={made} onClose={onClose} />;
  return (
    <Confirm
      title="Make a new secret?"
      yes="Make it"
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() => run(async () => {
        setMade(await call("PATCH", pathOf(at), { rotate_secret: true, overlap_seconds: overlap }));
        done();
      })}
    >
      <p>Requests have a signature of each secret meanwhile, so that the receiver can change it.</p>
      <Field label="The old secret signs">
        <select value={overlap} onChange={(event) => setOverlap(Number(event.currentTarget.value))}>
          {overlaps.map(([seconds, words]) => (
            <option key={seconds} value={seconds}>{words}</option>
          ))}
        </select>
      </Field>
    </Confirm>
  );
}

function Replay({ at, done, onClose }: Asked) {
  const { busy, problem, run } = useAction();
  const [since, setSince] = useState("");
  const [said, say] = useState("");
  const replay = (wanted: unknown) => run(async () => {
    const found = await post<{ deliveries?: number }>(`${pathOf(at)}/replay`, wanted);
    say(found.deliveries === undefined ? "It goes on from there."
      : `${plural(found.deliveries, "event")} will be sent.`);
    done();
  });
  return (
    <Dialog title="Send events again" onClose={onClose}>
      <p>The receiver sees an event again under the same webhook-id.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          replay({ since: new Date(since).toISOString() });
        }}
      >
        <Field label="All events since">
          <input
            type="datetime-local"
            required
            value={since}
            onInput={(event) => setSince(event.currentTarget.value)}
          />
        </Field>
        <div class="buttons"><button class="main" disabled={busy}>Send those</button></div>
      </form>
      <div class="choices">
        <button type="button" disabled={busy} onClick={() => replay({ undelivered: true })}>
          <b>Those that were not delivered</b>
          <span class="dim block">Events that failed alone until no try was left.</span>
        </button>
        <button type="button" disabled={busy} onClick={() => replay({ after: "" })}>
          <b>All that are kept</b>
          <span class="dim block">From the oldest one on.</span>
        </button>
      </div>
      <p role="status">{said}</p>
      <Trouble problem={problem} />
      <div class="buttons"><button type="button" onClick={onClose}>Close</button></div>
    </Dialog>
  );
}

function Delete({ at, onClose }: Asked) {
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title="Delete this endpoint?"
      yes="Delete it"
      danger
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() => run(async () => {
        await call("DELETE", pathOf(at));
        go(link("endpoints"), true);
      })}
    >
      <p>{at.url} is told nothing more, and its secret is gone. The feed stays as it is.</p>
    </Confirm>
  );
}
