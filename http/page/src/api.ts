/** Calls of the server. Paths are below the folder that /ui/ is in, wherever a proxy puts it. */

export const root = new URL("..", document.baseURI);

/** A refusal, in the server's words (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId = "",
  ) {
    super(detail);
  }
}

interface ProblemDocument {
  code?: string;
  title?: string;
  detail?: string;
  request_id?: string;
  errors?: { pointer: string; detail: string }[];
}

function sentence(found: ProblemDocument): string {
  const lines = (found.errors ?? []).slice(0, 3).map((one) => `${one.pointer}: ${one.detail}`);
  return lines.length > 0 ? lines.join("; ") : (found.detail ?? found.title ?? "refused");
}

/** Where a session begins and ends; a refusal there is told by who signs in. */
export const session = "ui/session";

let signedOut: () => void = () => {};

/** `then` is called when the server no longer knows the session. */
export function onSignedOut(then: () => void): void {
  signedOut = then;
}

/** A stream of the server, line by line, until `signal` ends it. */
export async function lines(
  path: string,
  signal: AbortSignal,
  each: (line: string) => void,
): Promise<void> {
  const answer = await fetch(new URL(path, root), { signal });
  if (answer.status === 401) signedOut();
  if (!answer.ok || !answer.body) throw new Problem(answer.status, "", `HTTP ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    parts.forEach(each);
  }
}

export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(new URL(path, root), {
      method,
      signal,
      headers: body === undefined ? undefined : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "unreachable", "The server does not answer. Is it running?");
  }
  const text = await answer.text();
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const found: unknown = isJson && text ? JSON.parse(text) : text;
  // A server that is not ready says so with 503 and a document of its own.
  if (answer.ok || path === "readyz") return found as T;
  if (answer.status === 401 && path !== session) signedOut();
  const refused = (isJson ? found : {}) as ProblemDocument;
  throw new Problem(
    answer.status,
    refused.code ?? "",
    isJson ? sentence(refused) : `HTTP ${answer.status}`,
    refused.request_id,
  );
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body?: unknown) => call<T>("POST", path, body);

/** Query of the values that are set. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const set = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== "") set.append(name, String(value));
  // The server reads "+" as itself.
  const text = set.toString().replaceAll("+", "%20");
  return text && "?" + text;
}

export const segment = encodeURIComponent;
