/** The key of the person who looks, and what it may do. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Scope, Session } from "./types";

export const SessionContext = createContext<Session | null>(null);

export function allows(session: Session | null, scope: Scope): boolean {
  if (!session) return false;
  const has = (one: Scope) => session.scopes.includes(one);
  return has(scope) || has("admin") || (scope === "metrics" && has("read"));
}

export const useAllowed = (scope: Scope) => allows(useContext(SessionContext), scope);

/** A key that is limited to users sees only what belongs to them. */
export function seesAll(session: Session | null): boolean {
  return session !== null && session.users.length === 0;
}
