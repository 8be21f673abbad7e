/** Changes, newest first: who, when, what, on what, from where. */
import { query } from "../api";
import { useLoad } from "../hooks";
import { link, usePlace } from "../router";
import type { AuditEntry, Page } from "../types";
import { Card, Head, Loading, State, Table, Time, Trouble } from "../ui";
import type { Word } from "../words";

const actions = new Map([
  ["POST /ui/session", "signed in"],
  ["DELETE /ui/session", "signed out"],
  ["POST /v1/keys", "made a key"],
  ["DELETE /v1/keys/{id}", "revoked a key"],
  ["PATCH /v1/providers/{name}", "switched a provider"],
  ["POST /v1/providers/{name}/test", "sent a test"],
  ["POST /v1/providers/{name}/challenge", "answered a captcha"],
  ["PUT /v1/users/{user_id}/providers", "changed a user's list"],
  ["POST /v1/messages/{message_id}/cancel", "cancelled a message"],
  ["POST /v1/transactions/{id}/settle", "decided an unknown outcome"],
  ["POST /v1/retry", "sent again"],
  ["POST /v1/endpoints", "made an endpoint"],
  ["PATCH /v1/endpoints/{id}", "changed an endpoint"],
  ["POST /v1/endpoints/{id}/replay", "replayed events"],
  ["POST /v1/endpoints/{id}/test", "tested an endpoint"],
  ["DELETE /v1/endpoints/{id}", "removed an endpoint"],
  ["POST /admin/drain", "drained a server"],
  ["POST /admin/resume", "resumed a server"],
]);

const actionWords = (action: string) => actions.get(action) ?? action;

const statusWord = (status: number): Word =>
  status < 400 ? { text: "done", tone: "ok" } : { text: `refused, ${status}`, tone: "bad" };

/** The view of the target, where there is one. */
function targetOf(at: AuditEntry) {
  if (!at.target) return null;
  const [, place] = /^[A-Z]+ \/v1\/(messages|providers|users|endpoints)\//.exec(at.action) ?? [];
  return place ? <a href={link([place, at.target])}>{at.target}</a> : at.target;
}

const detailText = (detail: Record<string, unknown>) =>
  Object.entries(detail).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ");

export function Audit() {
  const { query: asked } = usePlace();
  const filters = { who: asked.get("who") ?? "", action: asked.get("action") ?? "" };
  const cursor = asked.get("cursor") ?? "";
  const { data, problem } = useLoad<Page<AuditEntry>>(
    "v1/audit" + query({ ...filters, cursor, limit: 50 }), cursor ? 0 : 5, true);
  const narrow = (by: Partial<typeof filters>) => link("audit", { ...filters, ...by });
  return (
    <>
      <Head title="Audit" sub="Every change, and every one that was refused, newest first." />
      <Trouble problem={problem} />
      <div class="chips" role="group" aria-label="Filters">
        {filters.who && <a class="chip" href={narrow({ who: "" })}>by {filters.who} ✕</a>}
        {filters.action &&
          <a class="chip" href={narrow({ action: "" })}>{actionWords(filters.action)} ✕</a>}
      </div>
      {data ? (
        <Card>
          <Table
            label="Audit"
            count={data.data.length}
            empty={data.has_more ? "None among those that were looked at." : "Nothing was changed."}
            head={
              <>
                <th scope="col">Time</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">On</th>
                <th scope="col">Answer</th>
                <th scope="col" class="wide">From</th>
              </>
            }
          >
            {data.data.map((one) => (
              <tr key={one.id}>
                <td class="mono dim nowrap"><Time at={one.at} /></td>
                <td class="who"><a href={narrow({ who: one.who })}>{one.who}</a></td>
                <td class="who">
                  <a href={narrow({ action: one.action })}>{actionWords(one.action)}</a>
                  {one.detail && <div class="dim">{detailText(one.detail)}</div>}
                </td>
                <td class="who">{targetOf(one)}</td>
                <td><State word={statusWord(one.status)} /></td>
                <td class="mono wide">{one.client ?? "the local socket"}</td>
              </tr>
            ))}
          </Table>
        </Card>
      ) : (
        !problem && <Loading />
      )}
      <p class="dim">
        {cursor && <a href={narrow({})}>Newest</a>}{" "}
        {data?.next_cursor &&
          <a href={link("audit", { ...filters, cursor: data.next_cursor })}>Older</a>}
      </p>
    </>
  );
}
