/** Deliveries that failed, by provider and reason; tried again together, after a count. */
import { useState } from "preact/hooks";
import { post } from "../api";
import { count, plural } from "../format";
import { useAction, useLoad } from "../hooks";
import { link } from "../router";
import { useAllowed } from "../session";
import type { Page, RetryReport, Transaction } from "../types";
import { Card, Dialog, Head, Loading, Table, Time, Trouble } from "../ui";
import { errorTitle } from "../words";

const most = 500;

interface Group {
  provider: string;
  error: string;
  number: number;
  latest: Transaction;
}

/** The failed ones that are the end of their chain, grouped; the largest group first. */
export function groups(rows: Transaction[]): Group[] {
  const found = new Map<string, Group>();
  for (const one of rows) {
    if (!one.final || one.error_code === null || one.error_code === "cancelled") continue;
    const name = `${one.provider} ${one.error_code}`;
    const group = found.get(name);
    if (group) group.number += 1;
    else
      found.set(name, { provider: one.provider, error: one.error_code, number: 1, latest: one });
  }
  return [...found.values()].sort((a, b) => b.number - a.number);
}

export function Failures() {
  const { data, problem, again } = useLoad<Page<Transaction>>(
    `v1/transactions?status=failed&limit=${most}`, 10);
  const mayRetry = useAllowed("admin");
  const [asked, ask] = useState<Group>();
  const found = groups(data?.data ?? []);
  return (
    <>
      <Head
        title="Failures"
        sub={
          data?.has_more
            ? `Among the last ${most} failed attempts; older ones are in the list of messages.`
            : "Deliveries that ended without arriving."
        }
      />
      <Trouble problem={problem} />
      {data ? (
        <Card>
          <Table
            label="Failures"
            count={found.length}
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
            {found.map((one) => (
              <tr key={`${one.provider} ${one.error}`}>
                <td><a href={link(["providers", one.provider])}>{one.provider}</a></td>
                <td>
                  <a
                    href={link("messages", {
                      q: `provider:${one.provider} error:${one.error}`, state: "failed" })}
                  >
                    {errorTitle(one.error)}
                  </a>
                </td>
                <td class="n">{count(one.number)}</td>
                <td class="n wide"><Time at={one.latest.updated_at} /></td>
                <td class="reason">{one.latest.error_message}</td>
                {mayRetry && (
                  <td>
                    <button type="button" class="small" onClick={() => ask(one)}>
                      Send again…
                    </button>
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
function RetryGroup(props: { group: Group; onClose: () => void; done: () => void }) {
  const { group, onClose } = props;
  const [before] = useState(() => new Date().toISOString());
  const [counted, setCounted] = useState<number>();
  const [begun, setBegun] = useState<number>();
  const [skipped, setSkipped] = useState(0);
  const [ended, setEnded] = useState(false);
  const { busy, problem, run } = useAction();
  const filter = { provider: group.provider, error_code: group.error, created_before: before,
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
  const dangerous = group.error === "outcome_unknown";
  return (
    <Dialog title="Send again what failed" onClose={onClose}>
      <p>
        {group.provider}: <b>{errorTitle(group.error)}</b>. Only what was accepted
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
