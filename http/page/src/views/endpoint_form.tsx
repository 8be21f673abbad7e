/** Makes an endpoint, or changes one; a new secret is shown once. */
import { useState } from "preact/hooks";
import { call, post } from "../api";
import { useAction } from "../hooks";
import type { Endpoint } from "../types";
import { Copy, Dialog, Field, Trouble } from "../ui";
import { eventTypes } from "../words";

export function Secret({ at, onClose }: { at: Endpoint; onClose: () => void }) {
  return (
    <Dialog title="The endpoint's secret" onClose={onClose}>
      <p>
        Copy it now: it is shown once. The receiver verifies each request with it, by a library of
        Standard Webhooks.
      </p>
      <pre>{at.secret}</pre>
      <div class="buttons">
        <Copy text={at.secret ?? ""}>Copy the secret</Copy>
        <button type="button" class="main" onClick={onClose}>Close</button>
      </div>
    </Dialog>
  );
}

/** Kinds that are no type of today, such as "message.*", stay as they are. */
const others = (at?: Endpoint) => (at?.types ?? []).filter((one) => !eventTypes.includes(one));

export function EndpointForm(props: { at?: Endpoint; onClose: () => void; done: () => void }) {
  const { at, onClose, done } = props;
  const [url, setUrl] = useState(at?.url ?? "");
  const [description, setDescription] = useState(at?.description ?? "");
  const [types, setTypes] = useState(at?.types ?? []);
  const [users, setUsers] = useState(at?.user_ids.join(", ") ?? "");
  const [isPrivate, setPrivate] = useState(at?.allow_private ?? false);
  const [fromOldest, setFromOldest] = useState(false);
  const [made, setMade] = useState<Endpoint>();
  const { busy, problem, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    run(async () => {
      const wanted = { url: url.trim(), description, types, allow_private: isPrivate,
        user_ids: users.split(/[\s,]+/).filter(Boolean).map(Number) };
      if (at) await call("PATCH", `v1/endpoints/${at.id}`, wanted);
      else setMade(await post("v1/endpoints", { ...wanted, after: fromOldest ? "" : "now" }));
      done();
      if (at) onClose();
    });
  };
  if (made) return <Secret at={made} onClose={onClose} />;
  return (
    <Dialog title={at ? "Change the endpoint" : "Make an endpoint"} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="URL">
          <input
            type="url"
            required
            value={url}
            placeholder="https://example.org/events"
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
        </Field>
        <Field label="Description">
          <input value={description} onInput={(event) => setDescription(event.currentTarget.value)} />
        </Field>
        <fieldset class="checks">
          <legend>Events; none means all</legend>
          {[...eventTypes, ...others(at)].map((one) => (
            <label key={one}>
              <input
                type="checkbox"
                checked={types.includes(one)}
                onChange={(event) =>
                  setTypes(event.currentTarget.checked
                    ? [...types, one] : types.filter((other) => other !== one))}
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
        <fieldset class="checks">
          <legend>Also</legend>
          <label>
            <input
              type="checkbox"
              checked={isPrivate}
              onChange={(event) => setPrivate(event.currentTarget.checked)}
            />
            Plain HTTP and private addresses are allowed
          </label>
          {!at && (
            <label>
              <input
                type="checkbox"
                checked={fromOldest}
                onChange={(event) => setFromOldest(event.currentTarget.checked)}
              />
              Begin with the oldest event that is kept
            </label>
          )}
        </fieldset>
        <Trouble problem={problem} />
        <div class="buttons">
          <button type="button" onClick={onClose}>Close</button>
          <button class="main" disabled={busy}>{at ? "Save" : "Make it"}</button>
        </div>
      </form>
    </Dialog>
  );
}
