/** Lines over time, drawn by uPlot; the colours are those of the legend's words. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock } from "../format";

export interface Series {
  name: string;
  /** The class whose colour the line has. */
  tone: string;
  values: number[];
}

const height = 200;
/** Seconds that are shown at least. */
const shortest = 600;

/** Changes when the colours do. */
function useColours(): number {
  const [turn, set] = useState(0);
  useEffect(() => {
    const changed = () => set((value) => value + 1);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const theme = new MutationObserver(changed);
    dark.addEventListener("change", changed);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      dark.removeEventListener("change", changed);
      theme.disconnect();
    };
  }, []);
  return turn;
}

/** Numbers of a scale, short enough for its axis. */
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
const perSecond = (value: number | undefined) => `${short.format(value ?? 0)}/s`;

/** `at` are seconds since 1970, the same for each line. */
export default function Chart(props: { at: number[]; series: Series[]; label: string }) {
  const { at, series, label } = props;
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const [point, setPoint] = useState<number | null>();
  const colours = useColours();
  const data: uPlot.AlignedData = [at, ...series.map((one) => one.values)];

  useEffect(() => {
    const into = frame.current!;
    const colour = (of: string, property: "color" | "borderTopColor" = "color") =>
      getComputedStyle(into.parentElement!.querySelector(of)!)[property];
    const axis = { stroke: colour(".axis"), font: "12px system-ui, sans-serif",
      grid: { stroke: colour(".axis", "borderTopColor"), width: 1 },
      ticks: { show: false } };
    plot.current = new uPlot({
      width: into.clientWidth,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        // A server that has just begun has a line at the right, and no stretched one.
        x: { range: (_, least, most) => [Math.min(least, most - shortest), most] },
        y: { range: (_, __, most) => [0, most * 1.1 || 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, incrs: [60, 300, 600, 900], values: (_, splits) =>
          splits.map((s) => clock(new Date(s * 1000)).slice(0, 5)) },
        { ...axis, size: 56, values: (_, splits) => splits.map(perSecond) },
      ],
      series: [{}, ...series.map((one) => ({ stroke: colour(`.${one.tone}`), width: 2,
        points: { show: false } }))],
      hooks: { setCursor: [(u) => setPoint(u.cursor.idx)] },
    }, data, into);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: into.clientWidth, height }));
    resized.observe(into);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
    };
  }, [colours]);
  useEffect(() => plot.current?.setData(data), [at]);

  const shown = point ?? at.length - 1;
  return (
    <>
      <p class="legend axis">
        {series.map((one) => (
          <span key={one.name} class={one.tone}>
            <i />{one.name} {perSecond(one.values[shown])}
          </span>
        ))}
        {point !== null && point !== undefined &&
          <span class="dim">at {clock(new Date(at[point] * 1000))}</span>}
      </p>
      <div class="chart" role="img" aria-label={label} ref={frame} />
    </>
  );
}
