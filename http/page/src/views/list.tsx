/** All views, in the order of the navigation. */
import type { JSX } from "preact";
import type { Scope, Session } from "../types";
import { Audit } from "./audit";
import { EndpointView } from "./endpoint";
import { Endpoints } from "./endpoints";
import { Failures } from "./failures";
import { Keys } from "./keys";
import { MessageView } from "./message";
import { Messages } from "./messages";
import { Node } from "./node";
import { Overview } from "./overview";
import { ProviderView, Providers } from "./providers";
import { SourceView, Sources } from "./sources";
import { UserView, Users } from "./users";

export interface View {
  path: string;
  name: string;
  /** The scope without which the server refuses its data. */
  scope: Scope;
  /** Keys with the scope whom the server refuses all the same. */
  refuses?: (session: Session) => boolean;
  show: (rest: string[], query: URLSearchParams) => JSX.Element;
}

/** A test key sees nothing of the real providers and users. */
const tests = (session: Session) => session.test;

export const views: View[] = [
  { path: "overview", name: "Overview", scope: "read", refuses: tests, show: () => <Overview /> },
  {
    path: "messages",
    name: "Messages",
    scope: "read",
    show: ([id], query) =>
      id ? <MessageView key={id} id={id} chosen={query.get("to")} /> : <Messages />,
  },
  { path: "failures", name: "Failures", scope: "read", show: () => <Failures /> },
  {
    path: "providers",
    name: "Providers",
    scope: "read",
    refuses: tests,
    show: ([name]) => (name ? <ProviderView key={name} name={name} /> : <Providers />),
  },
  {
    path: "users",
    name: "Users",
    scope: "read",
    refuses: tests,
    show: ([id]) => (id ? <UserView key={id} id={id} /> : <Users />),
  },
  {
    path: "sources",
    name: "Ways in",
    scope: "admin",
    show: ([name]) => (name ? <SourceView key={name} name={name} /> : <Sources />),
  },
  {
    path: "endpoints",
    name: "Endpoints",
    scope: "admin",
    show: ([id]) => (id ? <EndpointView key={id} id={id} /> : <Endpoints />),
  },
  { path: "keys", name: "Keys", scope: "admin", show: () => <Keys /> },
  { path: "node", name: "Node", scope: "admin", show: () => <Node /> },
  { path: "audit", name: "Audit", scope: "admin", show: () => <Audit /> },
];
