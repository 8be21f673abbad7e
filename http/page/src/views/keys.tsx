/** API keys: make one, shown once, and revoke. */
import { useContext, useState } from "preact/hooks";
import { call, post } from "../api";
import { useAction, useLoad } from "../hooks";
import { SessionContext, firstSignIn } from "../session";
import type { Key, Scope } from "../types";
import { Card, Confirm, Copy, Dialog, Field, Head, Loading, State, Table, Time, Trouble }
  from "../ui";
import type { Word } from "../words";

const scopes: Scope[] = ["send", "read", "metrics", "ingest", "admin"];

function keyWord(at: Key): Word {
  if (at.revoked_at) return { text: "revoked", tone: "dim" };
  if (at.expires_at && new Date(at.expires_at) < new Date()) return { text: "expired", tone: "dim" };
  return at.test ? { text: "test", tone: "wait" } : { text: "in use", tone: "ok" };
}

export function Keys() {
  const { data, problem, again } = useLoad<{ data: Key[] }>("v1/keys");
  const [makes, setMakes] = useState(false);
  const [revoked, setRevoked] = useState<Key>();
  const { busy, problem: refused, run, clear } = useAction();
  const session = useContext(SessionContext);
  return (
    <>
      <Head title="Keys" sub="Each program has its own, so that one can be revoked alone.">
        <button type="button" class="main" onClick={() => setMakes(true)}>Make a key…</button>
      </Head>
      <Trouble problem={problem} />
      {session?.name === firstSignIn && (
        <div class="card note">
          <p>
            <b>You are signed in by the link of the first start.</b> It ends in 12 hours. Make a key
            with the scope admin now, keep it, and sign in with it from then on.
          </p>
        </div>
      )}
      {data ? (
        <Card>
          <Table
            label="Keys"
            count={data.data.length}
            empty="There is no key. The server trusts whoever reaches it, on this machine only."
            head={
              <>
                <th scope="col">Name</th>
                <th scope="col">State</th>
                <th scope="col">Scopes</th>
                <th scope="col" class="wide">For</th>
                <th scope="col" class="n wide">Last used</th>
                <th scope="col"><span class="dim">Action</span></th>
              </>
            }
          >
            {data.data.map((one) => (
              <tr key={one.id} class={one.revoked_at ? "gone" : ""}>
                <td class="who">{one.name}<div class="dim mono">{one.prefix}…</div></td>
                <td><State word={keyWord(one)} /></td>
                <td>{one.scopes.join(", ")}</td>
                <td class="wide">
                  {one.users.length > 0 ? `users ${one.users.join(", ")}` : "all users"}
                  {one.sources.length > 0 && <div class="dim">{one.sources.join(", ")}</div>}
                </td>
                <td class="n wide"><Time at={one.last_used_at} /></td>
                <td>
                  {!one.revoked_at && (
                    <button type="button" class="small" onClick={() => setRevoked(one)}>
                      Revoke…
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        </Card>
      ) : (
        !problem && <Loading />
      )}
      {makes && <Make onClose={() => setMakes(false)} done={again} />}
      {revoked && (
        <Confirm
          title={`Revoke the key ${revoked.name}?`}
          yes="Revoke it"
          danger
          busy={busy}
          problem={refused}
          onClose={() => {
            setRevoked(undefined);
            clear();
          }}
          onYes={() =>
            run(async () => {
              await call("DELETE", `v1/keys/${revoked.id}`);
              setRevoked(undefined);
              again();
            })
          }
        >
          <p>It never works again, on all nodes within a second.</p>
        </Confirm>
      )}
    </>
  );
}

function Make({ onClose, done }: { onClose: () => void; done: () => void }) {
  const [name, setName] = useState("");
  const [chosen, choose] = useState<Scope[]>(["send"]);
  const [users, setUsers] = useState("");
  const [made, setMade] = useState<Key & { key: string }>();
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    run(async () => {
      const ids = users.split(/[\s,]+/).filter(Boolean).map(Number);
      setMade(await post("v1/keys", { name, scopes: chosen, ...(ids.length > 0 && { users: ids }) }));
      done();
    });
  };
  if (made)
    return (
      <Dialog title={`The key ${made.name}`} onClose={onClose}>
        <p>Copy it now: it is shown once, and the server keeps only its hash.</p>
        <pre>{made.key}</pre>
        <div class="buttons">
          <Copy text={made.key}>Copy the key</Copy>
          <button type="button" class="main" onClick={onClose}>Close</button>
        </div>
      </Dialog>
    );
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Name" hint="The program or person that will use it">
          <input
            required
            maxLength={64}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <fieldset class="checks">
          <legend>It may</legend>
          {scopes.map((one) => (
            <label key={one}>
              <input
                type="checkbox"
                checked={chosen.includes(one)}
                onChange={(event) =>
                  choose(event.currentTarget.checked
                    ? [...chosen, one] : chosen.filter((other) => other !== one))}
              />
              {one}
            </label>
          ))}
        </fieldset>
        <Field label="Users" hint="Their ids with commas between; empty means all">
          <input
            value={users}
            pattern="[0-9,\s]*"
            onInput={(event) => setUsers(event.currentTarget.value)}
          />
        </Field>
        <Trouble problem={problem} />
        <div class="buttons">
          <button type="button" onClick={onClose}>Close</button>
          <button class="main" disabled={busy || chosen.length === 0}>Make it</button>
        </div>
      </form>
    </Dialog>
  );
}
