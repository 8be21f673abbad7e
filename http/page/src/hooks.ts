/** Data that a view loads and looks at again, and keys that it listens to. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem, get } from "./api";

export interface Loaded<T> {
  data?: T;
  problem?: Problem;
  /** Loads again at once. */
  again: () => void;
}

/** The last answers of lists, so that going back shows them at once. */
const kept = new Map<string, unknown>();
const most = 20;

function keep(path: string, data: unknown): void {
  kept.delete(path);
  kept.set(path, data);
  if (kept.size > most) kept.delete(kept.keys().next().value!);
}
export const forget = () => kept.clear();

interface State<T> {
  path?: string;
  data?: T;
  problem?: Problem;
}

/**
 * Loads `path`, and again every `seconds` while the page is looked at. An older answer never
 * replaces a newer one. An undefined path loads nothing. With `keeps`, the last answer is shown
 * until the new one is there.
 */
export function useLoad<T>(path: string | undefined, seconds = 0, keeps = false): Loaded<T> {
  const [state, set] = useState<State<T>>({});
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((value) => value + 1), []);

  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    const load = async () => {
      try {
        const data = await get<T>(path, stop.signal);
        if (stop.signal.aborted) return;
        if (keeps) keep(path, data);
        set({ path, data });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, "", String(error));
        // The last data stays in sight.
        set((before) => ({ path, data: before.path === path ? before.data : undefined, problem }));
      }
    };
    void load();
    return () => stop.abort();
  }, [path, turn]);

  // The next look is `seconds` after an answer, or when the page is seen again.
  useEffect(() => {
    if (seconds === 0 || path === undefined || state.path !== path) return;
    const wake = () => {
      if (!document.hidden) again();
    };
    const timer = setTimeout(wake, seconds * 1000);
    document.addEventListener("visibilitychange", wake);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [state, path, seconds]);

  if (state.path === path) return { data: state.data, problem: state.problem, again };
  return { data: path === undefined ? undefined : (kept.get(path) as T | undefined), again };
}

/** An action that a button begins: not twice at once, and with its problem in words. */
export function useAction(): {
  busy: boolean;
  problem?: Problem;
  run: (what: () => Promise<unknown>) => void;
  clear: () => void;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const running = useRef(false);
  const run = useCallback((what: () => Promise<unknown>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setProblem(undefined);
    what()
      .catch((error: unknown) =>
        setProblem(error instanceof Problem ? error : new Problem(0, "", String(error))),
      )
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  }, []);
  const clear = useCallback(() => setProblem(undefined), []);
  return { busy, problem, run, clear };
}

export function isTyping(event: KeyboardEvent): boolean {
  const at = event.target;
  return (
    at instanceof HTMLElement &&
    (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName))
  );
}

/** Single keys, when nothing is being typed and no dialog is open. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event)) return;
      if (document.querySelector("dialog[open]")) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
