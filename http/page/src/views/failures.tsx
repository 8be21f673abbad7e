/** Deliveries that failed, by provider and reason; tried again together, after a count. */
import { useState } from "preact/hooks";
import { post } from "../api";
import { count, plural } from "../format";
import { useAction, useLoad } from "../hooks";
import { link } from "../router";
import { useAllowed } from "../session";
import type { FailureGroup, RetryReport } from "../types";
import { Card, Dialog, Head, Loading, Table, Time, Trouble } from "../ui";
import { errorTitle } from "../words";

interface Failed {
  data: FailureGroup[];
  complete: boolean;
}

const found = (one: FailureGroup) => link("messages", { state: "failed",
  q: [one.provider && `provider:"${one.provider}"`, `error:${one.error_code}`].join(" ").trim() });

export function Failures() {
  const { data, problem, again } = useLoad<Failed>("v1/failures", 10);
  const mayRetry = useAllowed("admin");
  const [asked, ask] = useState<FailureGroup>();
  return (
    <>
      <Head
        title="Failures"
        sub={"Deliveries of the last 24 hours that ended without arriving." +
          (data?.complete === false ? " The newest of each reason were looked at." : "")}
      />
      <Trouble problem={problem} />
      {data ? (
        <Card>
          <Table
            label="Failures"
            count={data.data.length}
            empty="Nothing failed."
            head={
              <>
                <th scope="col">Provider</th>
                <th scope="col">Reason</th>
                <th scope="col" class="n">Number</th>
                <th scope="col" class="n wide">Last</th>
                <th scope="col">What it said last</th>
                {mayRetry && <th scope="col"><span class="dim">Action</span></th>}
              </>
            }
          >
            {data.data.map((one) => (
              <tr key={`${one.provider} ${one.error_code}`}>
                <td>
                  {one.provider
                    ? <a href={link(["providers", one.provider])}>{one.provider}</a> : "none"}
                </td>
                <td><a href={found(one)}>{errorTitle(one.error_code)}</a></td>
                <td class="n">{one.at_least && "at least "}{count(one.count)}</td>
                <td class="n wide">
                  <a href={link(["messages", one.last.message_id])}><Time at={one.last_at} /></a>
                </td>
                <td class="reason">{one.last.error_message}</td>
                {mayRetry && (
                  <td>
                    {one.provider && (
                      <button type="button" class="small" onClick={() => ask(one)}>
                        Send again…
                      </button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </Table>
        </Card>
      ) : (
        !problem && <Loading />
      )}
      {asked && <RetryGroup group={asked} onClose={() => ask(undefined)} done={again} />}
    </>
  );
}

/** What failed before the dialog was opened, and nothing that fails while somebody reads it. */
function RetryGroup(props: { group: FailureGroup; onClose: () => void; done: () => void }) {
  const { group, onClose } = props;
  const [before] = useState(() => new Date().toISOString());
  const [counted, setCounted] = useState<number>();
  const [begun, setBegun] = useState<number>();
  const [skipped, setSkipped] = useState(0);
  const [ended, setEnded] = useState(false);
  const { busy, problem, run } = useAction();
  const filter = { provider: group.provider, error_code: group.error_code, created_before: before,
    include_final: true };

  /** Page by page: one call looks at so many rows at most. */
  const each = async (dry: boolean, seen: (report: RetryReport) => void) => {
    let cursor: string | null = null;
    do {
      const report: RetryReport = await post("v1/retry", {
        ...filter, dry_run: dry, ...(cursor !== null && { cursor }) });
      seen(report);
      cursor = report.has_more ? report.next_cursor : null;
    } while (cursor !== null);
  };
  const countThem = () =>
    run(async () => {
      let sum = 0;
      await each(true, (report) => (sum += report.selected - report.skipped.length));
      setCounted(sum);
    });
  const send = () =>
    run(async () => {
      let sum = 0;
      let left = 0;
      setBegun(0);
      await each(false, (report) => {
        setBegun((sum += report.retried));
        setSkipped((left += report.skipped.length));
      });
      setEnded(true);
      props.done();
    });
  const dangerous = group.error_code === "outcome_unknown";
  return (
    <Dialog title="Send again what failed" onClose={onClose}>
      <p>
        {group.provider}: <b>{errorTitle(group.error_code)}</b>. Only what was accepted
        before <Time at={before} />.
      </p>
      {dangerous && <p class="unknown">Some of these may have arrived, and would arrive twice.</p>}
      <div role="status">
        {counted !== undefined && begun === undefined &&
          <p><b>{plural(counted, "delivery", "deliveries")}</b> would be sent again.</p>}
        {begun !== undefined && (
          <>
            <p>
              {count(begun)} of {count(counted ?? 0)} began
              {skipped > 0 && `, ${count(skipped)} were skipped`}.{ended && " That is all."}
            </p>
            <progress aria-label="Sent again" max={Math.max(1, counted ?? 1)} value={begun} />
          </>
        )}
      </div>
      <Trouble problem={problem} />
      <div class="buttons">
        <button type="button" onClick={onClose}>Close</button>
        {counted === undefined && (
          <button type="button" class="main" disabled={busy} onClick={countThem}>
            Count them
          </button>
        )}
        {counted !== undefined && counted > 0 && begun === undefined && (
          <button type="button" class="main" disabled={busy} onClick={send}>
            Send {count(counted)} again
          </button>
        )}
      </div>
    </Dialog>
  );
}
