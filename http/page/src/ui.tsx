/** Small parts that the views are made of. Texts become text nodes, never markup. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Problem } from "./api";
import { relative, when } from "./format";
import type { Word } from "./words";

export function State({ word }: { word: Word }) {
  return <span class={`state ${word.tone}`}>{word.text}</span>;
}

export function Time({ at, millis }: { at: string | null | undefined; millis?: boolean }) {
  if (!at) return <span class="dim">—</span>;
  return (
    <time dateTime={at} title={`${at}, ${relative(at)}`}>
      {when(at, millis)}
    </time>
  );
}

export function Card(props: {
  title?: string;
  tools?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`card ${props.class ?? ""}`} aria-labelledby={props.title && id}>
      {props.title && (
        <div class="cardhead">
          <h2 id={id}>{props.title}</h2>
          {props.tools}
        </div>
      )}
      {props.children}
    </section>
  );
}

export function Head(props: {
  title: string;
  sub?: ComponentChildren;
  state?: Word;
  children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · Postrider`;
  }, [props.title]);
  return (
    <header class="head">
      <div class="grow">
        <h1 ref={heading} tabIndex={-1}>
          {props.title} {props.state && <State word={props.state} />}
        </h1>
        {props.sub && <p class="sub">{props.sub}</p>}
      </div>
      {props.children}
    </header>
  );
}

export function Trouble({ problem }: { problem?: Problem }) {
  if (!problem) return null;
  return (
    <div class="card note bad-note" role="alert">
      <p>
        {problem.message}{" "}
        {problem.requestId && <span class="dim">Request {problem.requestId}</span>}
      </p>
    </div>
  );
}

/** A table that may be wider than a phone; `empty` stands in place of no rows. */
export function Table(props: {
  label: string;
  head: ComponentChildren;
  children: ComponentChildren;
  count: number;
  empty: ComponentChildren;
}) {
  if (props.count === 0) return <p class="empty dim">{props.empty}</p>;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={props.label}>
      <table>
        <thead>
          <tr>{props.head}</tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl>
      {rows
        .filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** navigator.clipboard is missing on plain HTTP; a selected field does there. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "offscreen";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

export function Copy({ text, children }: { text: string; children: ComponentChildren }) {
  const [done, set] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => set(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <button type="button" onClick={() => void copy(text).then(() => set(true))}>
      <span aria-live="polite">{done ? "Copied" : children}</span>
    </button>
  );
}

/** A modal dialog of the browser: it traps the focus, and Escape closes it. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={props.onClose}>
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** A question before something that cannot be taken back. */
export function Confirm(props: {
  title: string;
  children: ComponentChildren;
  yes: string;
  danger?: boolean;
  busy?: boolean;
  problem?: Problem;
  onYes: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      {props.children}
      <Trouble problem={props.problem} />
      <div class="buttons">
        <button type="button" onClick={props.onClose}>
          Close
        </button>
        <button
          type="button"
          class={props.danger ? "main danger" : "main"}
          disabled={props.busy}
          onClick={props.onYes}
        >
          {props.yes}
        </button>
      </div>
    </Dialog>
  );
}

export function Field(props: { label: string; hint?: string; children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{props.label}</span>
      {props.children}
      {props.hint && <small class="dim">{props.hint}</small>}
    </label>
  );
}

export const Loading = () => <p class="dim">Loading…</p>;
