/** The key of the person who looks, and what it may do. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Problem, get, holdKey } from "./api";
import type { Scope, Session } from "./types";

export const SessionContext = createContext<Session | null>(null);

export function allows(session: Session | null, scope: Scope): boolean {
  if (!session) return false;
  const has = (one: Scope) => session.scopes.includes(one);
  return has(scope) || has("admin") || (scope === "metrics" && has("read"));
}

export const useAllowed = (scope: Scope) => allows(useContext(SessionContext), scope);

async function mayGet(path: string): Promise<boolean> {
  try {
    await get(path);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return false;
    throw error;
  }
}

/** Asks the server what a key may do; an empty one is for a server that requires none. */
export async function openSession(key: string): Promise<Session> {
  holdKey(key);
  const found: Session = { scopes: [], lists: true, providers: true };
  if (await mayGet("v1/keys")) {
    found.scopes = ["admin"];
    return found;
  }
  // A key for several users has no list of all its messages; a test key sees no providers.
  found.lists = await mayGet("v1/transactions?limit=1");
  found.providers = await mayGet("v1/providers");
  if (found.lists || found.providers) found.scopes = ["read"];
  if (found.scopes.length === 0)
    throw new Problem(403, "", "This key may not read. Use a key with the scope read or admin.");
  return found;
}
