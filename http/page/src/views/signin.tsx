/** Signing in with an API key, where the server requires one. */
import { useState } from "preact/hooks";
import { Problem } from "../api";
import { useAction } from "../hooks";
import { signIn } from "../session";
import type { Session } from "../types";
import { Field, Head, Trouble } from "../ui";

/** The refusals in words of a person who signs in. */
function explain(problem: Problem): Problem {
  if (problem.status === 401)
    return new Problem(401, "", "The server does not know this key, or it has ended.");
  if (problem.code === "insufficient_scope")
    return new Problem(403, "", "This key may not read. Use a key with the scope read or admin.");
  return problem;
}

export function SignIn(props: { done: (session: Session) => void; before?: Problem }) {
  const [key, set] = useState("");
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    run(async () => {
      try {
        props.done(await signIn({ key: key.trim() }));
      } catch (error) {
        throw error instanceof Problem ? explain(error) : error;
      }
    });
  };
  return (
    <form class="signin card" onSubmit={submit}>
      <Head
        title="Sign in"
        sub="With an API key of the scope read or admin. This browser stays signed in for 12 hours,
          or until nobody looks for two."
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
      <Trouble problem={problem ?? props.before} />
      <div class="buttons">
        <button class="main" disabled={busy}>Sign in</button>
      </div>
    </form>
  );
}
