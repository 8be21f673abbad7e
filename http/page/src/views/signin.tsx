/** Signing in with an API key, where the server requires one. */
import { useState } from "preact/hooks";
import { Problem } from "../api";
import { useAction } from "../hooks";
import { openSession } from "../session";
import type { Session } from "../types";
import { Field, Head, Trouble } from "../ui";

export function SignIn({ done }: { done: (session: Session) => void }) {
  const [key, set] = useState("");
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    run(async () => {
      try {
        done(await openSession(key.trim()));
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 401) throw error;
        throw new Problem(401, "", "The server does not know this key, or it has ended.");
      }
    });
  };
  return (
    <form class="signin card" onSubmit={submit}>
      <Head
        title="Sign in"
        sub="With an API key of the scope read or admin. It stays in this page, and is gone when
          you close or reload it."
      />
      <Field label="API key" hint="postrider keys create makes one.">
        <input
          type="password"
          required
          autocomplete="current-password"
          value={key}
          onInput={(event) => set(event.currentTarget.value)}
        />
      </Field>
      <Trouble problem={problem} />
      <div class="buttons">
        <button class="main" disabled={busy}>Sign in</button>
      </div>
    </form>
  );
}
