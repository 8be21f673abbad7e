/** Times, durations and numbers for people. */

const two = (value: number) => String(value).padStart(2, "0");

export function clock(time: string | Date, withMillis = false): string {
  const at = new Date(time);
  const text = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return withMillis ? `${text}.${String(at.getMilliseconds()).padStart(3, "0")}` : text;
}

const dayOf = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** The day in a word when it is near: today has none. */
export function day(time: string | Date, now = new Date()): string {
  const at = new Date(time);
  const days = Math.round((dayOf(at) - dayOf(now)) / 86_400_000);
  if (days === 0) return "";
  if (days === -1) return "yesterday";
  if (days === 1) return "tomorrow";
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** "16:59:58", "yesterday 16:59:58", "2026-11-23 16:59:58". */
export function when(time: string | Date, withMillis = false): string {
  const before = day(time);
  return before ? `${before} ${clock(time, withMillis)}` : clock(time, withMillis);
}

/** "470 ms", "12 s", "3 min", "2 h", "4 days". */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** "in 4 s", "3 min ago". */
export function relative(time: string | Date, now = Date.now()): string {
  const ms = new Date(time).getTime() - now;
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

export const count = (value: number) => value.toLocaleString("en");

export function plural(value: number, one: string, many = one + "s"): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Time from `from` to `to`. */
export const between = (from: string, to: string) =>
  duration(Math.max(0, new Date(to).getTime() - new Date(from).getTime()));
