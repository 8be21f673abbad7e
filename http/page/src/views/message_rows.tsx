/** Rows of the two lists: messages, and the deliveries that a provider or an error is asked of. */
import { link } from "../router";
import type { Chosen } from "../chosen";
import type { MessageLine, RecipientLine, Transaction } from "../types";
import { State, Table, Time } from "../ui";
import { messageWord, transactionWord } from "../words";
import type { Word } from "../words";

interface Row {
  id: string;
  message: string;
  recipient: string;
  /** Recipients besides the one that is shown. */
  more: number;
  word: Word;
  through: string | null;
  user: number;
  reference?: string | null;
  at: string;
}

/** The recipient that was searched for, or the first one. */
function shownOf(line: MessageLine, searched: string | undefined): RecipientLine | undefined {
  return line.recipients.find((one) => one.recipient === searched) ?? line.recipients[0];
}

export function messageRows(lines: MessageLine[], searched: string | undefined): Row[] {
  return lines.map((line) => {
    const shown = shownOf(line, searched);
    return {
      id: line.message_id,
      message: line.message_id,
      recipient: shown?.recipient ?? "nobody",
      more: line.recipient_count - 1,
      word: messageWord(line),
      through: line.recipient_count === 1 && shown ? shown.provider : null,
      user: line.user_id,
      reference: line.reference,
      at: line.created_at,
    };
  });
}

export function deliveryRows(found: Transaction[]): Row[] {
  return found.map((one) => ({
    id: String(one.id),
    message: one.message_id,
    recipient: one.recipient,
    more: 0,
    word: transactionWord(one),
    through: one.provider,
    user: one.user_id,
    at: one.created_at,
  }));
}

export function Rows(props: { rows: Row[]; chosen: Chosen; referenced: boolean; empty: string }) {
  const { rows, chosen, referenced } = props;
  return (
    <div ref={chosen.frame}>
      <Table
        label="Messages"
        count={rows.length}
        empty={props.empty}
        head={
          <>
            <th scope="col">Recipient</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="wide">Through</th>
            <th scope="col" class="n wide">User</th>
            {referenced && <th scope="col" class="wide">Reference</th>}
            <th scope="col" class="n">Accepted</th>
          </>
        }
      >
        {rows.map((one) => (
          <tr key={one.id} data-id={one.id} class={one.id === chosen.id ? "chosen" : ""}>
            <td class="who">
              <a
                href={link(["messages", one.message], { to: one.recipient })}
                onClick={() => chosen.choose(one.id)}
              >
                {one.recipient}
              </a>
              {one.more > 0 && <span class="dim"> and {one.more} more</span>}
            </td>
            <td><State word={one.word} /></td>
            <td class="name wide">{one.through}</td>
            <td class="n wide">{one.user}</td>
            {referenced && <td class="wide mono who">{one.reference}</td>}
            <td class="n mono dim nowrap"><Time at={one.at} /></td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
