/** All views, in the order of the navigation. */
import type { JSX } from "preact";
import type { Scope } from "../types";
import { Failures } from "./failures";
import { Keys } from "./keys";
import { MessageView } from "./message";
import { Messages } from "./messages";
import { Overview } from "./overview";
import { ProviderView, Providers } from "./providers";
import { SourceView, Sources } from "./sources";
import { UserView, Users } from "./users";

export interface View {
  path: string;
  name: string;
  /** The scope without which the server refuses its data. */
  scope: Scope;
  /** Data that not every key with the scope sees. */
  needs?: "lists" | "providers";
  show: (rest: string[], query: URLSearchParams) => JSX.Element;
}

export const views: View[] = [
  { path: "overview", name: "Overview", scope: "read", needs: "providers", show: () => <Overview /> },
  {
    path: "messages",
    name: "Messages",
    scope: "read",
    show: ([id], query) =>
      id ? <MessageView key={id} id={id} chosen={query.get("to")} /> : <Messages />,
  },
  { path: "failures", name: "Failures", scope: "read", needs: "lists", show: () => <Failures /> },
  {
    path: "providers",
    name: "Providers",
    scope: "read",
    needs: "providers",
    show: ([name]) => (name ? <ProviderView key={name} name={name} /> : <Providers />),
  },
  {
    path: "users",
    name: "Users",
    scope: "read",
    show: ([id]) => (id ? <UserView key={id} id={id} /> : <Users />),
  },
  {
    path: "sources",
    name: "Ways in",
    scope: "admin",
    show: ([name]) => (name ? <SourceView key={name} name={name} /> : <Sources />),
  },
  { path: "keys", name: "Keys", scope: "admin", show: () => <Keys /> },
];
