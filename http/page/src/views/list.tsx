/** All views, in the order of the navigation. */
import type { JSX } from "preact";
import type { Scope } from "../types";
import { MessageView } from "./message";
import { Messages } from "./messages";
import { ProviderView, Providers } from "./providers";

export interface View {
  path: string;
  name: string;
  /** The scope without which the server refuses its data. */
  scope: Scope;
  /** It shows what belongs to no single user: not for a key that is limited to some. */
  ofAll: boolean;
  show: (rest: string[], query: URLSearchParams) => JSX.Element;
}

export const views: View[] = [
  {
    path: "messages",
    name: "Messages",
    scope: "read",
    ofAll: false,
    show: ([id], query) =>
      id ? <MessageView key={id} id={id} chosen={query.get("to")} /> : <Messages />,
  },
  {
    path: "providers",
    name: "Providers",
    scope: "read",
    ofAll: true,
    show: ([name]) => (name ? <ProviderView key={name} name={name} /> : <Providers />),
  },
];
