/**
 * The row of a list that the keyboard is at. The entry of the browser's history keeps it, so that
 * going back finds the row again.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { useKeys } from "./hooks";

const remembered = () => (history.state as { chosen?: string } | null)?.chosen;

export interface Chosen {
  id?: string;
  choose: (id: string | undefined) => void;
  /** For the frame of the rows; each has its id in `data-id`, and a link. */
  frame: RefObject<HTMLDivElement>;
}

export function useChosen(ids: string[], address: string): Chosen {
  const [id, set] = useState(remembered);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => set(remembered()), [address]);
  const choose = (next: string | undefined) => {
    set(next);
    history.replaceState({ chosen: next }, "");
  };
  const there = id !== undefined && ids.includes(id);
  const link = (of: string) =>
    frame.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(of)}"] a`);
  useEffect(() => {
    if (there) link(id)?.focus();
  }, [id, there, address]);
  const step = (by: number) => {
    if (ids.length === 0) return;
    const at = there ? ids.indexOf(id) + by : 0;
    choose(ids[Math.min(ids.length - 1, Math.max(0, at))]);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Escape: () => {
      if (id) link(id)?.blur();
      choose(undefined);
    },
  });
  return { id: there ? id : undefined, choose, frame };
}

/** Whether a row is chosen in the entry that is shown: it has the focus, or will have it. */
export const hasChosen = () => remembered() !== undefined;
