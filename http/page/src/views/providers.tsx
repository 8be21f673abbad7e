/** Providers: their state and reason, and all that an operator does with one. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, post, segment } from "../api";
import { count, duration } from "../format";
import { useAction, useLoad } from "../hooks";
import { go, link } from "../router";
import { useAllowed } from "../session";
import type { Provider, ProviderTest } from "../types";
import { Card, Confirm, Copy, Dialog, Facts, Field, Head, Loading, State, Table, Time, Trouble }
  from "../ui";
import { outcomeWord, providerReason, providerWord, errorTitle } from "../words";

const calls = (at: Provider) =>
  Object.values(at.health.outcomes).reduce((sum, number) => sum + number, 0);

/** Calls a second, from one look to the next; empty before the second look. */
function useRates(providers: Provider[]): Map<string, number> {
  const [rates, set] = useState(new Map<string, number>());
  const before = useRef<{ at: number; calls: Map<string, number> }>();
  useEffect(() => {
    const now = { at: Date.now(), calls: new Map(providers.map((one) => [one.name, calls(one)])) };
    const last = before.current;
    before.current = now;
    if (!last || now.at === last.at) return;
    const seconds = (now.at - last.at) / 1000;
    set(new Map([...now.calls].map(([name, number]) =>
      [name, Math.max(0, number - (last.calls.get(name) ?? number)) / seconds])));
  }, [providers]);
  return rates;
}

export function ProviderRows({ providers }: { providers: Provider[] }) {
  const rates = useRates(providers);
  return (
    <Table
      label="Providers"
      count={providers.length}
      empty="The configuration has no provider."
      head={
        <>
          <th scope="col">Provider</th>
          <th scope="col">State</th>
          <th scope="col" class="n wide">In flight</th>
          <th scope="col" class="n">Waiting</th>
          <th scope="col" class="n wide">Calls</th>
          <th scope="col" class="n wide">p50 / p99</th>
          <th scope="col">Reason</th>
        </>
      }
    >
      {providers.map((at) => (
        <tr key={at.name}>
          <td class="name">
            <a href={link(["providers", at.name])}>{at.name}</a>
            <div class="dim">{at.type}</div>
          </td>
          <td><State word={providerWord(at)} /></td>
          <td class="n wide">{at.in_flight} of {at.limits.max_in_flight}</td>
          <td class="n">{count(at.queued)}</td>
          <td class="n wide">{rateWords(rates.get(at.name))}</td>
          <td class="n wide">{latency(at)}</td>
          <td class="reason">{providerReason(at)}</td>
        </tr>
      ))}
    </Table>
  );
}

function rateWords(rate: number | undefined): string {
  if (rate === undefined) return "—";
  return `${rate > 0 && rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}/s`;
}

function latency(at: Provider): string {
  if (at.health.latency_p99_ms === 0) return "—";
  return `${duration(at.health.latency_p50_ms)} / ${duration(at.health.latency_p99_ms)}`;
}

export function Providers() {
  const { data, problem } = useLoad<{ data: Provider[] }>("v1/providers", 5);
  return (
    <>
      <Head
        title="Providers"
        sub="In the order of the configuration. A user's own list may have another."
      />
      <Trouble problem={problem} />
      {data ? <Card><ProviderRows providers={data.data} /></Card> : !problem && <Loading />}
    </>
  );
}

export function ProviderView({ name }: { name: string }) {
  const { data: at, problem, again } = useLoad<Provider>(`v1/providers/${segment(name)}`, 5);
  const mayAct = useAllowed("admin");
  const [testing, setTesting] = useState(false);
  const [switching, setSwitching] = useState(false);
  return (
    <>
      <Head title={name} state={at && providerWord(at)} sub={at?.type}>
        {at && mayAct && (
          <>
            <button type="button" onClick={() => setTesting(true)}>Send a test…</button>
            <button type="button" onClick={() => setSwitching(true)}>
              {at.active ? "Switch off…" : "Switch on…"}
            </button>
          </>
        )}
      </Head>
      <Trouble problem={problem} />
      {at && (
        <>
          {at.challenge && <Captcha at={at} mayAct={mayAct} done={again} />}
          {at.circuit.held && !at.challenge && <Held at={at} />}
          <div class="two">
            <div>
              <Card title="State">
                <Facts
                  rows={[
                    ["Now", providerWord(at).text],
                    ["Reason", providerReason(at)],
                    ["Since", at.circuit.since && <Time at={at.circuit.since} />],
                    ["Next probe", at.circuit.open_until && <Time at={at.circuit.open_until} />],
                    ["Pause until", at.paused_until && <Time at={at.paused_until} />],
                    ["Last error", at.health.last_error],
                    ["Failures in a row", count(at.health.consecutive_failures)],
                  ]}
                />
              </Card>
              <Card title="Answers since the start">
                <Table
                  label="Answers since the start"
                  count={Object.keys(at.health.outcomes).length}
                  empty="It was not called yet."
                  head={<><th scope="col">Answer</th><th scope="col" class="n">Number</th></>}
                >
                  {Object.entries(at.health.outcomes).map(([what, number]) => (
                    <tr key={what}>
                      <td>{what === "accepted" ? "accepted" : errorTitle(what)}</td>
                      <td class="n">{count(number)}</td>
                    </tr>
                  ))}
                </Table>
              </Card>
            </div>
            <Card title="Load and limits">
              <Facts
                rows={[
                  ["In flight", `${at.in_flight} of ${at.limits.max_in_flight}`],
                  ["Waiting", count(at.queued)],
                  ["Half of the calls", duration(at.health.latency_p50_ms)],
                  ["99 of 100 calls", duration(at.health.latency_p99_ms)],
                  ["Priority", at.priority],
                  ["Messages", <a href={link("messages", { q: `provider:${name}` })}>Show</a>],
                ]}
              />
            </Card>
          </div>
          {testing && <TestSend name={name} onClose={() => setTesting(false)} />}
          {switching && (
            <Switch
              at={at}
              onClose={() => setSwitching(false)}
              done={() => {
                setSwitching(false);
                again();
              }}
            />
          )}
        </>
      )}
      {!at && !problem && <Loading />}
    </>
  );
}

function Held({ at }: { at: Provider }) {
  return (
    <div class="card note">
      <p>
        <b>{at.name} is held</b>: {at.circuit.reason ?? "it refused its credentials or settings"}.
        Its messages go to other providers or wait. Correct the configuration and reload it
        (<code>systemctl reload postrider</code>): that releases it. Until then it is probed less
        and less often.
      </p>
    </div>
  );
}

function Captcha({ at, mayAct, done }: { at: Provider; mayAct: boolean; done: () => void }) {
  const [captcha, set] = useState("");
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    run(async () => {
      await post(`v1/providers/${segment(at.name)}/challenge`, { captcha: captcha.trim() });
      done();
    });
  };
  return (
    <Card title="Signal asks for a captcha" class="note-edge">
      <p>
        Until it is solved, {at.name} cannot send to some recipients. Open Signal's captcha page in
        a browser, solve it, copy the address of the link "Open Signal", and paste it here.
      </p>
      <Facts
        rows={[
          ["Since", <Time at={at.challenge!.since} />],
          ["Token", <code>{at.challenge!.token}</code>],
        ]}
      />
      {mayAct && (
        <form onSubmit={submit}>
          <Field label="Solution" hint="It begins with signalcaptcha://">
            <input
              value={captcha}
              required
              autocomplete="off"
              onInput={(event) => set(event.currentTarget.value)}
            />
          </Field>
          <Trouble problem={problem} />
          <div class="buttons">
            <Copy text={at.challenge!.token}>Copy the token</Copy>
            <button class="main" disabled={busy}>Send the solution</button>
          </div>
        </form>
      )}
    </Card>
  );
}

function TestSend({ name, onClose }: { name: string; onClose: () => void }) {
  const [recipient, set] = useState("");
  const [answer, setAnswer] = useState<ProviderTest>();
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    setAnswer(undefined);
    run(async () =>
      setAnswer(await post<ProviderTest>(`v1/providers/${segment(name)}/test`, { recipient })),
    );
  };
  return (
    <Dialog title={`Send one real message through ${name}`} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Recipient" hint="A phone number in E.164, an email address or a URL">
          <input
            value={recipient}
            required
            autocomplete="off"
            onInput={(event) => set(event.currentTarget.value)}
          />
        </Field>
        <Trouble problem={problem} />
        {answer && (
          <div role="status">
            <p>
              <State
                word={
                  answer.outcome === "accepted"
                    ? { text: "accepted", tone: "ok" }
                    : { text: errorTitle(answer.outcome), tone: outcomeWord("failed").tone }
                }
              />{" "}
              in {duration(answer.took_ms)}
            </p>
            {answer.detail && <pre>{answer.detail}</pre>}
          </div>
        )}
        <div class="buttons">
          <button type="button" onClick={onClose}>Close</button>
          <button class="main" disabled={busy}>{busy ? "Sending…" : "Send"}</button>
        </div>
      </form>
    </Dialog>
  );
}

function Switch({ at, onClose, done }: { at: Provider; onClose: () => void; done: () => void }) {
  const { busy, problem, run } = useAction();
  const to = !at.active;
  return (
    <Confirm
      title={to ? `Switch ${at.name} on?` : `Switch ${at.name} off?`}
      yes={to ? "Switch on" : "Switch off"}
      danger={!to}
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() =>
        run(async () => {
          await call("PATCH", `v1/providers/${segment(at.name)}`, { active: to });
          done();
          go(link(["providers", at.name]), true);
        })
      }
    >
      <p>
        {to
          ? "It takes messages again at once, on all nodes within a second."
          : `${count(at.queued)} messages wait there; they go to other providers. The switch ` +
            "outlives restarts and reloads."}
      </p>
    </Confirm>
  );
}
