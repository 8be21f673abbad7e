/** Data that a view loads and looks at again, and keys that it listens to. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem, get } from "./api";

export interface Loaded<T> {
  data?: T;
  problem?: Problem;
  /** Loads again at once. */
  again: () => void;
}

/**
 * Loads `path`, and again every `seconds` while the page is looked at. An older answer never
 * replaces a newer one. An undefined path loads nothing.
 */
export function useLoad<T>(path: string | undefined, seconds = 0): Loaded<T> {
  const [state, set] = useState<{ path?: string; data?: T; problem?: Problem }>({});
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((value) => value + 1), []);

  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer = 0;
    const load = async () => {
      try {
        const data = await get<T>(path, stop.signal);
        if (!stop.signal.aborted) set({ path, data });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, "", String(error));
        // The last data stays in sight.
        set((before) => ({ path, data: before.path === path ? before.data : undefined, problem }));
      }
      if (seconds > 0 && !stop.signal.aborted) timer = window.setTimeout(wake, seconds * 1000);
    };
    const wake = () => (document.hidden ? undefined : void load());
    const seen = () => {
      window.clearTimeout(timer);
      wake();
    };
    void load();
    if (seconds > 0) document.addEventListener("visibilitychange", seen);
    return () => {
      stop.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, seconds, turn]);

  const current = state.path === path ? state : {};
  return { data: current.data, problem: current.problem, again };
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
