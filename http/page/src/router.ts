/** The place in the page, after the "#": the address can be kept, shared and gone back to. */
import { useEffect, useState } from "preact/hooks";

export interface Place {
  /** "messages", "0193a5c0-..." */
  path: string[];
  query: URLSearchParams;
}

export function readPlace(hash: string): Place {
  const [path, search] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return {
    path: path.split("/").filter(Boolean).map(decode),
    query: new URLSearchParams(search ?? ""),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A link to a view: link("messages", {q: "user:7"}). */
export function link(path: string | string[], values: Record<string, string | undefined> = {}): string {
  const parts = (typeof path === "string" ? [path] : path).map(encodeURIComponent).join("/");
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value);
  const text = query.toString();
  return `#/${parts}${text && "?" + text}`;
}

export function go(to: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = to;
}

export function usePlace(): Place {
  const [place, set] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const changed = () => set(readPlace(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return place;
}
