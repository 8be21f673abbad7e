#include "actors/rules/retry_by_hand.hpp"

#include "actors/rules/retry_policy.hpp"
#include "base/time_text.hpp"
#include "persistence/attempts.hpp"
#include "persistence/settlement.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::error_code;
using persistence::transaction_status;

retry_verdict judge_live(const persistence::transaction& row, persistence::time_point now) {
  switch (row.status) {
    case transaction_status::pending:
      if (!waits_for_round(row)) return skip{"it has not been sent yet"};
      if (row.owner == 0 && row.due_at <= now && row.round_due <= now)
        return skip{"its providers are down: the first one that works takes it"};
      break;
    case transaction_status::processing: return skip{"it is being sent"};
    default: break;
  }
  if (row.owner != 0) return skip{"it is being tried again already"};
  const auto* tried = persistence::find_attempt(row.attempts, row.provider);
  // A row that waits longer waits for its next round, which may begin now.
  const bool named = row.status == transaction_status::pending && tried &&
                     tried->not_before > now && row.due_at <= tried->not_before;
  if (named) return wait_for_named{tried->not_before};
  return make_due{};
}

retry_verdict judge_past(const persistence::retry_selection& wanted,
                         const persistence::transaction& row, bool outdated,
                         persistence::time_point now) {
  if (row.status == transaction_status::success) return skip{"it was delivered"};
  if (row.superseded_by != 0)
    return skip{"transaction " + std::to_string(row.superseded_by) + " came after it"};
  if (outdated)
    return skip{"it was tried again already: its recipient has a newer chain, or got it after all"};
  if (row.error == error_code::cancelled) return skip{"it was cancelled"};
  if (row.expires_at && *row.expires_at <= now) return skip{"it has expired"};
  if (!wanted.include_final) return skip{"it is final: include_final tries it again"};
  const auto given_up = persistence::given_up_at(row);
  if (given_up && !is_named(wanted, row.id))
    return skip{"a person gave it up on " + to_date(*given_up) +
                ": name it in ids to try it again"};
  return begin_again{};
}

}  // namespace

bool is_named(const persistence::retry_selection& wanted, persistence::transaction_id id) {
  return std::ranges::find(wanted.ids, id) != wanted.ids.end();
}

retry_verdict judge(const persistence::retry_selection& wanted, const persistence::transaction& row,
                    bool outdated, persistence::time_point now) {
  if (!fits(wanted, row)) return skip{"the other filters leave it out"};
  return row.completed_at ? judge_past(wanted, row, outdated, now) : judge_live(row, now);
}

bool is_selected(const persistence::retry_selection& wanted, const persistence::transaction& row,
                 bool outdated) {
  if (!wanted.ids.empty()) return true;
  if (!fits(wanted, row)) return false;
  if (waits_for_round(row)) return true;
  if (row.status != transaction_status::failed) return false;
  return !row.completed_at || (wanted.include_final && row.superseded_by == 0 && !outdated);
}

const candidate* other_place(const persistence::transaction& waiting,
                             std::span<const candidate> candidates, persistence::time_point now,
                             const messaging_settings& settings) {
  auto row = waiting;
  row.round_due = now;
  return place_now(row, candidates, row.provider, now, settings);
}

persistence::transaction first_after(const persistence::transaction& last, const candidate& best,
                                     persistence::time_point now) {
  persistence::transaction first;
  first.message = last.message;
  first.recipient_no = last.recipient_no;
  first.user = last.user;
  first.provider = best.provider;
  first.recipient = best.address;
  first.priority = last.priority;
  first.on_unknown = last.on_unknown;
  first.max_retries = last.max_retries;
  first.due_at = first.first_due = now;
  first.expires_at = last.expires_at;
  first.fallback_on_undelivered = best.fallback_on_undelivered;
  return first;
}

}  // namespace postrider::actors
