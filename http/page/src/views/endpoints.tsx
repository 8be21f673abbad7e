/** Endpoints: the URLs that events are sent to. */
import { useState } from "preact/hooks";
import { useLoad } from "../hooks";
import { link } from "../router";
import type { Endpoint } from "../types";
import { Card, Head, Loading, State, Table, Time, Trouble } from "../ui";
import { endpointWord } from "../words";
import { EndpointForm } from "./endpoint_form";

export function Endpoints() {
  const { data, problem, again } = useLoad<{ data: Endpoint[] }>("v1/endpoints", 5);
  const [makes, setMakes] = useState(false);
  return (
    <>
      <Head title="Endpoints" sub="Programs that are told of events, each by signed requests.">
        <button type="button" class="main" onClick={() => setMakes(true)}>Make an endpoint…</button>
      </Head>
      <Trouble problem={problem} />
      {data ? (
        <Card>
          <Table
            label="Endpoints"
            count={data.data.length}
            empty="There is none. Programs can also read the feed at /v1/events."
            head={
              <>
                <th scope="col">URL</th>
                <th scope="col">State</th>
                <th scope="col" class="wide">Events</th>
                <th scope="col" class="n">Last delivery</th>
                <th scope="col">Last error</th>
              </>
            }
          >
            {data.data.map((one) => (
              <tr key={one.id}>
                <td class="who">
                  <a href={link(["endpoints", String(one.id)])}>{one.url}</a>
                  {one.description && <div class="dim">{one.description}</div>}
                </td>
                <td><State word={endpointWord(one)} /></td>
                <td class="wide who">{one.types.join(", ") || "all"}</td>
                <td class="n"><Time at={one.last_success_at} /></td>
                <td class="reason">{one.disabled_reason ?? one.last_error}</td>
              </tr>
            ))}
          </Table>
        </Card>
      ) : (
        !problem && <Loading />
      )}
      {makes && <EndpointForm onClose={() => setMakes(false)} done={again} />}
    </>
  );
}
