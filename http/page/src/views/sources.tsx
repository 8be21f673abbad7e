/** Ways in: the programs that send to sources, and what their last requests became. */
import { segment } from "../api";
import { count } from "../format";
import { useLoad } from "../hooks";
import { link } from "../router";
import type { Source, SourceRequest } from "../types";
import { Card, Head, Loading, State, Table, Time, Trouble } from "../ui";
import type { Tone } from "../words";

const tones: Record<string, Tone> = { stored: "ok", repeated: "ok", skipped: "dim",
  refused: "bad", unavailable: "wait" };

export function Sources() {
  const { data, problem } = useLoad<{ data: Source[] }>("v1/sources", 10);
  return (
    <>
      <Head title="Ways in" sub="Counted at this server since its start." />
      <Trouble problem={problem} />
      {data ? (
        <Card>
          <Table
            label="Ways in"
            count={data.data.length}
            empty="The configuration has no source. Add a [[source]], and reload."
            head={
              <>
                <th scope="col">Source</th>
                <th scope="col">Path</th>
                <th scope="col" class="n">Messages</th>
                <th scope="col" class="n">Refused</th>
                <th scope="col" class="n">Last request</th>
              </>
            }
          >
            {data.data.map((one) => (
              <tr key={one.name}>
                <td>
                  <a href={link(["sources", one.name])}>{one.name}</a>
                  <div class="dim">{one.type}</div>
                </td>
                <td class="mono">{one.host ?? one.path}</td>
                <td class="n">{count(one.messages)}</td>
                <td class="n">{count(one.requests.refused ?? 0)}</td>
                <td class="n"><Time at={one.last_request_at} /></td>
              </tr>
            ))}
          </Table>
        </Card>
      ) : (
        !problem && <Loading />
      )}
    </>
  );
}

export function SourceView({ name }: { name: string }) {
  const { data, problem } = useLoad<{ data: SourceRequest[] }>(
    `v1/sources/${segment(name)}/requests`, 5);
  return (
    <>
      <Head title={name} sub="The last 20 requests at this server, newest first." />
      <Trouble problem={problem} />
      {data?.data.length === 0 && <p class="dim">No request has come since the start.</p>}
      {data?.data.map((one) => (
        <Card key={one.request_id + one.at}>
          <p>
            <State word={{ text: one.result, tone: tones[one.result] ?? "dim" }} />{" "}
            <span class="mono">{one.status} {one.method} {one.target}</span>{" "}
            <span class="dim"><Time at={one.at} millis /></span>
          </p>
          {one.detail && <p>{one.detail}</p>}
          <p class="dim">
            {one.user_agent || "no name"}, {count(one.bytes)} bytes of {one.content_type || "nothing"}
          </p>
          {one.messages.map((id) => (
            <p key={id}><a class="mono" href={link(["messages", id])}>{id}</a></p>
          ))}
          {one.body && (
            <details>
              <summary>Body</summary>
              <pre class="text">{one.body}</pre>
            </details>
          )}
        </Card>
      ))}
    </>
  );
}
