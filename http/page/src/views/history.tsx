/** The last hour of this server: figures, lines, and the same as a table. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { count, duration } from "../format";
import type { History } from "../types";
import { Card, Table, Time } from "../ui";

type Chart = typeof import("./chart").default;

const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);
/** Points of which the figures tell: the last minute. */
const lately = (at: History) => Math.max(1, Math.round(60 / at.step_seconds));

function rate(at: History, values: number[]): string {
  const last = values.slice(-lately(at));
  if (last.length === 0) return "—";
  const each = sum(last) / (last.length * at.step_seconds);
  if (each < 1) return `${count(Math.round(each * 60))}/min`;
  return `${each < 10 ? each.toFixed(1) : count(Math.round(each))}/s`;
}

function Tile(props: { name: string; value: string; note: string; tone?: string }) {
  return (
    <div class="card tile">
      <span>{props.name}</span>
      <b>{props.value}</b>
      <em class={props.tone ?? "dim"}>{props.note}</em>
    </div>
  );
}

export function Tiles({ at, waiting }: { at: History; waiting: string }) {
  const oldest = at.oldest_waiting_ms.at(-1) ?? 0;
  const failed = sum(at.failed);
  return (
    <div class="tiles">
      <Tile name="Accepted" value={rate(at, at.accepted)}
        note={`${count(sum(at.accepted))} in the last hour`} />
      <Tile name="Delivered" value={rate(at, at.delivered)}
        note={`${count(sum(at.delivered))} in the last hour`} />
      <Tile name="Oldest waiting" value={oldest ? duration(oldest) : "—"} note={waiting}
        tone={oldest > 60_000 ? "wait" : "dim"} />
      <Tile name="Failed for good" value={count(failed)} note="in the last hour"
        tone={failed > 0 ? "bad" : "dim"} />
    </div>
  );
}

const lines = [["accepted", "accepted"], ["delivered", "arrived"], ["failed", "bad"]] as const;

export function LastHour({ at }: { at: History }) {
  // The drawing is a third of the page's bytes: it comes after everything else.
  const [Drawn, draw] = useState<{ chart: Chart }>();
  useEffect(() => void import("./chart").then((one) => draw({ chart: one.default })), []);
  const series = useMemo(() => lines.map(([name, tone]) => ({ name, tone,
    values: at[name].map((one) => one / at.step_seconds) })), [at]);
  if (at.at.length < 2)
    return (
      <Card title="Last hour">
        <p class="dim">The server counts since its start; the first figures come in a moment.</p>
      </Card>
    );
  const label = "Deliveries over the last hour: " +
    lines.map(([name]) => `${count(sum(at[name]))} ${name}`).join(", ");
  return (
    <Card title="Last hour">
      {Drawn ? <Drawn.chart at={at.at} series={series} label={label} /> : <div class="chart" />}
      <details>
        <summary>As a table</summary>
        <Figures at={at} />
      </details>
    </Card>
  );
}

/** Sums of five minutes, the last ones first. */
function Figures({ at }: { at: History }) {
  const size = Math.max(1, Math.round(300 / at.step_seconds));
  const rows = [];
  for (let end = at.at.length; end > 0; end -= size) {
    const part = (values: number[]) => values.slice(Math.max(0, end - size), end);
    rows.push({ until: new Date(at.at[end - 1] * 1000).toISOString(),
      accepted: sum(part(at.accepted)), delivered: sum(part(at.delivered)),
      failed: sum(part(at.failed)), oldest: Math.max(...part(at.oldest_waiting_ms)) });
  }
  return (
    <Table
      label="The last hour in figures"
      count={rows.length}
      empty=""
      head={
        <>
          <th scope="col">Until</th>
          <th scope="col" class="n">Accepted</th>
          <th scope="col" class="n">Delivered</th>
          <th scope="col" class="n">Failed</th>
          <th scope="col" class="n">Oldest waiting</th>
        </>
      }
    >
      {rows.map((one) => (
        <tr key={one.until}>
          <td><Time at={one.until} /></td>
          <td class="n">{count(one.accepted)}</td>
          <td class="n">{count(one.delivered)}</td>
          <td class="n">{count(one.failed)}</td>
          <td class="n">{one.oldest > 0 ? duration(one.oldest) : "—"}</td>
        </tr>
      ))}
    </Table>
  );
}
