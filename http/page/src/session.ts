/** The person who looks: the session that the browser's cookie stands for. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { call, get, post, session as path } from "./api";
import { go } from "./router";
import type { Scope, Session } from "./types";

export const SessionContext = createContext<Session | null>(null);

export function allows(session: Session | null, scope: Scope): boolean {
  if (!session) return false;
  const has = (one: Scope) => session.scopes.includes(one);
  return has(scope) || has("admin") || (scope === "metrics" && has("read"));
}

export const useAllowed = (scope: Scope) => allows(useContext(SessionContext), scope);

export const readSession = () => get<Session>(path);

/** With a key, or with the token of the link that a server without keys prints. */
export async function signIn(by: { key: string } | { link: string }): Promise<Session> {
  await post(path, by);
  return readSession();
}

export const signOut = () => call("DELETE", path);

/** The one-time token in the address, which leaves the address at once. */
export function takeLink(): string | undefined {
  const token = /^#link=(.+)$/.exec(location.hash)?.[1];
  if (token) go("#/keys", true);
  return token && decodeURIComponent(token);
}

/** The name of the key behind that link. */
export const firstSignIn = "first sign-in";
