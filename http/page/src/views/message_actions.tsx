/** What a person can do with a message: retry, cancel, decide about an unknown outcome. */
import { useState } from "preact/hooks";
import { post, segment } from "../api";
import { plural } from "../format";
import { useAction } from "../hooks";
import { useAllowed } from "../session";
import type { Message, RetryReport, Transaction } from "../types";
import { Confirm, Dialog, Trouble } from "../ui";

export function MessageActions({ message, done }: { message: Message; done: () => void }) {
  const [asked, ask] = useState<"retry" | "cancel" | "settle">();
  const mayDecide = useAllowed("admin");
  const maySend = useAllowed("send");
  const lasts = message.recipients.flatMap((one) => one.transactions.slice(-1));
  const waits = lasts.some((one) => one.waits_for !== null);
  const unknown = lasts.filter(
    (one) => one.final && one.error_code === "outcome_unknown" && one.settlement === null);
  const failed = lasts.some((one) =>
    one.final && one.status === "failed" && one.error_code !== "outcome_unknown");
  const close = () => ask(undefined);
  const ended = () => {
    close();
    done();
  };
  return (
    <>
      {mayDecide && (waits || failed) && (
        <button type="button" onClick={() => ask("retry")}>
          {failed ? "Send again…" : "Try now…"}
        </button>
      )}
      {mayDecide && unknown.length > 0 && (
        <button type="button" class="main" onClick={() => ask("settle")}>Decide…</button>
      )}
      {maySend && waits && (
        <button type="button" onClick={() => ask("cancel")}>Cancel it…</button>
      )}
      {asked === "retry" && (
        <Retry message={message} final={failed} onClose={close} done={done} />
      )}
      {asked === "cancel" && <Cancel message={message} onClose={close} done={ended} />}
      {asked === "settle" && <Settle unknown={unknown} onClose={close} done={ended} />}
    </>
  );
}

interface Asked {
  message: Message;
  onClose: () => void;
  done: () => void;
}

function Retry({ message, final, onClose, done }: Asked & { final: boolean }) {
  const { busy, problem, run } = useAction();
  const [report, setReport] = useState<RetryReport>();
  if (report)
    return (
      <Dialog title={report.retried > 0 ? "It is on its way" : "Nothing was tried"} onClose={onClose}>
        <p role="status">
          {report.retried > 0 && `${plural(report.retried, "delivery", "deliveries")} began. `}
          {report.skipped.map((one) => `${one.reason}. `)}
          {report.waiting.map((one) => `${one.count} wait for ${one.provider}. `)}
        </p>
        <div class="buttons">
          <button type="button" class="main" onClick={onClose}>Close</button>
        </div>
      </Dialog>
    );
  return (
    <Confirm
      title={final ? "Send this message again?" : "Try this message now?"}
      yes={final ? "Send again" : "Try now"}
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() =>
        run(async () => {
          setReport(await post<RetryReport>("v1/retry", {
            message_id: message.message_id, include_final: final }));
          done();
        })
      }
    >
      <p>
        {final
          ? "Deliveries that failed begin a new chain. Those that arrived stay as they are."
          : "It does not wait for the time of its next attempt."}
      </p>
    </Confirm>
  );
}

function Cancel({ message, onClose, done }: Asked) {
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title="Cancel this message?"
      yes="Cancel the message"
      danger
      busy={busy}
      problem={problem}
      onClose={onClose}
      onYes={() =>
        run(async () => {
          await post(`v1/messages/${segment(message.message_id)}/cancel`);
          done();
        })
      }
    >
      <p>Deliveries that wait end as cancelled. What was sent already stays sent.</p>
    </Confirm>
  );
}

const decisions = [
  ["arrived", "It arrived", "The provider or the recipient says so."],
  ["not_sent", "It was not sent", "It is sent again at once."],
  ["give_up", "Give it up", "It stays failed, and nothing more is tried."],
] as const;

function Settle(props: { unknown: Transaction[]; onClose: () => void; done: () => void }) {
  const { busy, problem, run } = useAction();
  const at = props.unknown[0];
  if (!at) return null;
  return (
    <Dialog title={`Did the message to ${at.recipient} arrive?`} onClose={props.onClose}>
      <p>
        {at.provider} gave no clear answer: {at.error_message ?? "none came"}. Look there, then say
        what you found.
      </p>
      <div class="choices">
        {decisions.map(([outcome, title, meaning]) => (
          <button
            key={outcome}
            type="button"
            disabled={busy}
            onClick={() =>
              run(async () => {
                await post(`v1/transactions/${at.id}/settle`, { outcome });
                props.done();
              })
            }
          >
            <b>{title}</b>
            <span class="dim block">{meaning}</span>
          </button>
        ))}
      </div>
      <Trouble problem={problem} />
      <div class="buttons">
        <button type="button" onClick={props.onClose}>Close</button>
      </div>
    </Dialog>
  );
}
