/** The server at a glance: what somebody must look at, providers, and events as they happen. */
import { useContext, useEffect, useState } from "preact/hooks";
import { lines } from "../api";
import { useLoad } from "../hooks";
import { plural } from "../format";
import { link } from "../router";
import { SessionContext } from "../session";
import type { Event, History, Provider, Readiness } from "../types";
import { Card, Head, Loading, State, Table, Time, Trouble } from "../ui";
import { eventWord } from "../words";
import { LastHour, Tiles } from "./history";
import { ProviderRows } from "./providers";

const kept = 50;

/** The last events, newest first, while it is not paused and the page is looked at. */
function useEvents(paused: boolean): { events: Event[]; live: boolean } {
  const [events, set] = useState<Event[]>([]);
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (paused) return;
    const stop = new AbortController();
    let timer = 0;
    const connect = async () => {
      let waiting: Event[] = [];
      let drawn = 0;
      const draw = () => {
        drawn = 0;
        const news = waiting.reverse();
        waiting = [];
        set((before) => [...news, ...before].slice(0, kept));
      };
      setLive(true);
      try {
        await lines("v1/events/stream?after=now", stop.signal, (line) => {
          if (!line.startsWith("data:")) return;
          waiting.push(JSON.parse(line.slice(5)) as Event);
          // A busy server has more events than a screen can show: it is drawn four times a second.
          if (waiting.length > kept) waiting.shift();
          if (!drawn) drawn = window.setTimeout(draw, 250);
        });
      } catch {
        // The next connection tells whether the server is there.
      }
      setLive(false);
      if (!stop.signal.aborted) timer = window.setTimeout(() => void connect(), 3000);
    };
    void connect();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [paused]);
  return { events, live };
}

/** Where most deliveries wait. */
function waitingWords(providers: Provider[]): string {
  const [most] = providers.filter((one) => one.queued > 0).sort((a, b) => b.queued - a.queued);
  return most ? `${plural(most.queued, "delivery waits", "deliveries wait")} for ${most.name}`
    : "none is queued now";
}

/** The message, the endpoint or the node of an event. */
function About({ at }: { at: Event }) {
  const { message_id: message, endpoint_id: endpoint, recipient, url, node } = at.data;
  if (message) return <a href={link(["messages", message])}>{recipient ?? message}</a>;
  if (endpoint) return <a href={link(["endpoints", String(endpoint)])}>{url}</a>;
  return <>{node !== undefined && `node ${node}`}</>;
}

/** A warning of the server; one that begins with a provider's name leads there. */
function Warning({ text, providers }: { text: string; providers: Provider[] }) {
  const about = providers.find((one) => text.startsWith(`${one.name} `));
  return (
    <div class="card note">
      <p>{text}</p>
      {about && <a href={link(["providers", about.name])}>Look at {about.name}</a>}
    </div>
  );
}

export function Overview() {
  const [paused, pause] = useState(false);
  const { events, live } = useEvents(paused);
  const every = paused ? 0 : 5;
  const ready = useLoad<Readiness>("readyz", every);
  const providers = useLoad<{ data: Provider[] }>("v1/providers", every);
  // The figures are of all users.
  const all = useContext(SessionContext)?.users.length === 0;
  const hour = useLoad<History>(all ? "v1/overview" : undefined, paused ? 0 : 10);
  const troubles = [...(ready.data?.reasons ?? []), ...(ready.data?.warnings ?? [])];
  return (
    <>
      <Head title="Overview">
        <span class="pad">
          <State
            word={
              paused ? { text: "paused", tone: "dim" }
                : live ? { text: "live", tone: "ok" } : { text: "connecting", tone: "wait" }
            }
          />
        </span>
        <button type="button" onClick={() => pause(!paused)}>{paused ? "Go on" : "Pause"}</button>
      </Head>
      <Trouble problem={ready.problem ?? providers.problem ?? hour.problem} />
      {ready.data?.status === "not_ready" && (
        <div class="card note bad-note"><p><b>This server is not ready.</b></p></div>
      )}
      {troubles.map((one) => (
        <Warning key={one} text={one} providers={providers.data?.data ?? []} />
      ))}
      {hour.data && <Tiles at={hour.data} waiting={waitingWords(providers.data?.data ?? [])} />}
      {hour.data && <LastHour at={hour.data} />}
      {providers.data
        ? <Card title="Providers"><ProviderRows providers={providers.data.data} /></Card>
        : <Loading />}
      <Card title="Events as they happen">
        <Table
          label="Events"
          count={events.length}
          empty={paused ? "Paused." : "Nothing has happened since you opened this view."}
          head={
            <>
              <th scope="col">Time</th>
              <th scope="col">Event</th>
              <th scope="col">About</th>
              <th scope="col" class="wide">Provider</th>
            </>
          }
        >
          {events.map((one) => (
            <tr key={one.id}>
              <td class="mono dim nowrap"><Time at={one.timestamp} millis /></td>
              <td><State word={eventWord(one.type)} /></td>
              <td class="who"><About at={one} /></td>
              <td class="wide">{one.data.provider}</td>
            </tr>
          ))}
        </Table>
      </Card>
    </>
  );
}
