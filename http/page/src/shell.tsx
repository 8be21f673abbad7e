/** The frame of all views: navigation, session, theme, help. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, onSignedOut } from "./api";
import { hasChosen } from "./chosen";
import { forget, useKeys } from "./hooks";
import { go, link, usePlace } from "./router";
import type { Place } from "./router";
import { SessionContext, allows, readSession, signIn, signOut, takeLink } from "./session";
import type { Session } from "./types";
import { Dialog, Head, Loading, Trouble } from "./ui";
import { Theme } from "./theme";
import { views } from "./views/list";
import type { View as Listed } from "./views/list";
import { SignIn } from "./views/signin";

const sees = (session: Session, view: Listed) =>
  allows(session, view.scope) && !view.refuses?.(session);

function Nav(props: { session: Session; place: Place; out: () => void }) {
  const { session, place, out } = props;
  const shown = views.filter((one) => sees(session, one));
  const here = place.path[0] ?? shown[0]?.path;
  return (
    <nav aria-label="Main">
      <b class="brand">Postrider</b>
      <ul>
        {shown.map((one) => (
          <li key={one.path}>
            <a href={link(one.path)} aria-current={here === one.path ? "page" : undefined}>
              {one.name}
            </a>
          </li>
        ))}
      </ul>
      <div class="foot">
        <Theme />
        <a href="../docs">Interface</a>
        {session.name !== null && (
          <button type="button" class="small" onClick={out} title={`Signed in as ${session.name}`}>
            Sign out
          </button>
        )}
      </div>
    </nav>
  );
}

function View({ session, place }: { session: Session; place: Place }) {
  const [name, ...rest] = place.path;
  const found = views.find((one) => (name ? one.path === name : sees(session, one)));
  if (!found || !sees(session, found))
    return <Head title="Not found" sub="There is no such view, or your key may not see it." />;
  return found.show(rest, place.query);
}

const firstLink = takeLink();

const help: [string, string][] = [
  ["/", "search"],
  ["j, k", "next row, row before"],
  ["Enter", "open the row"],
  ["Esc", "leave the row, or the search"],
  ["g", "to the list of messages"],
  ["?", "this help"],
];

export function Page() {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const [session, setSession] = useState<Session | null>();
  const [problem, setProblem] = useState<Problem>();
  const [helps, setHelps] = useState(false);
  const ended = () => {
    forget();
    setSession(null);
  };
  useEffect(() => {
    onSignedOut(ended);
    const enter = (link?: string) =>
      (link ? signIn({ link }) : readSession()).then(setSession, (error: Problem) => {
        // Without a session there is nothing to tell: the person signs in.
        if (link || error.status !== 401) setProblem(error);
        if (link || error.status === 401) setSession(null);
      });
    // A link that is opened where the page is open already loads nothing again.
    const changed = () => {
      const link = takeLink();
      if (link) void enter(link);
    };
    void enter(firstLink);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const signedIn = (next: Session) => {
    setProblem(undefined);
    setSession(next);
  };
  // A new view begins at its top, and a screen reader with its heading.
  const view = place.path.join("/");
  const first = useRef(true);
  const wantsSearch = useRef(false);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    if (hasChosen()) return;
    scrollTo(0, 0);
    const target = wantsSearch.current ? "input[type=search]" : "h1";
    wantsSearch.current = false;
    main.current?.querySelector<HTMLElement>(target)?.focus({ preventScroll: true });
  }, [view]);
  useKeys({
    "?": () => setHelps(true),
    g: () => go(link("messages")),
    "/": () => {
      if (view === "messages") return;
      wantsSearch.current = true;
      go(link("messages"));
    },
  });

  let content: ComponentChildren;
  if (session)
    content = (
      <>
        <Nav session={session} place={place} out={() => void signOut().then(ended, setProblem)} />
        <main ref={main}>
          <Trouble problem={problem} />
          <View session={session} place={place} />
        </main>
      </>
    );
  else if (session === null)
    content = <main><SignIn before={problem} done={signedIn} /></main>;
  else content = <main>{problem ? <Trouble problem={problem} /> : <Loading />}</main>;
  return (
    <SessionContext.Provider value={session ?? null}>
      {content}
      {helps && (
        <Dialog title="Keys" onClose={() => setHelps(false)}>
          <dl>
            {help.map(([key, what]) => (
              <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
            ))}
          </dl>
          <div class="buttons">
            <button type="button" class="main" onClick={() => setHelps(false)}>Close</button>
          </div>
        </Dialog>
      )}
    </SessionContext.Provider>
  );
}
