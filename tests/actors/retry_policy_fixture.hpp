#pragma once

#include "actors/rules/retry_policy.hpp"
#include "persistence/attempts.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::on_unknown;

inline constexpr persistence::time_point now{std::chrono::hours(24 * 365 * 50)};
inline constexpr std::array failures{error_code::recipient_rejected, error_code::message_rejected,
                                     error_code::throttled,          error_code::unavailable,
                                     error_code::misconfigured,      error_code::outcome_unknown};
inline constexpr std::array not_sent{error_code::throttled, error_code::unavailable,
                                     error_code::misconfigured};
inline constexpr std::array rejections{error_code::recipient_rejected,
                                       error_code::message_rejected};

inline std::string ms_text(persistence::time_point at) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(at - now).count());
}

/// A chain whose attempt at provider 1 has just ended. Delays: failover 250 ms, retry 100 s.
struct policy_fixture {
  persistence::transaction row;
  messaging_settings settings;
  failed_chain failure;
  std::vector<candidate> candidates;

  policy_fixture() {
    row.provider = 1;
    row.max_retries = 3;
    row.first_due = now - 1s;
    settings.failover_delay = 250ms;
    settings.retry_delay = 100s;
    settings.retry_jitter = 0;
    failure.now = now;
    failure.give_up_after = 24h;
  }

  /// An attempt of the chain that ended before or just now.
  void tried(persistence::provider_id provider, error_code error, std::chrono::seconds pause = 0s) {
    const auto own = std::exchange(row.provider, provider);
    persistence::attempt_result ended{error, {}, {}, now, now};
    if (pause != 0s) ended.not_before = now + pause;
    persistence::end_attempt(row, ended, now, now);
    row.provider = own;
  }
  /// The attempt that is judged: the chain's last one, at provider 1.
  void ends(error_code error, std::chrono::seconds pause = 0s) {
    tried(1, error, pause);
    failure.error = error;
  }
  void usable(persistence::provider_id provider, bool open = false) {
    candidates.push_back({provider, "+1555", exclusion::none, open, 0});
  }
  void excluded(persistence::provider_id provider, exclusion why, std::int32_t tries = 0) {
    candidates.push_back({provider, "", why, false, tries});
  }

  retry_decision decided() {
    failure.transaction = &row;
    for (auto& one : candidates)
      if (const auto* known = persistence::find_attempt(row.attempts, one.provider))
        one.tries = known->count;
    failure.candidates = candidates;
    return decide(failure, settings);
  }
  /// "next 2 in 250", "next 2 in 250 retry duplicate", "wait 1 in 100000 round 1",
  /// "later in 100000", "give up: unavailable", "give up: unavailable (patience)".
  std::string text() {
    const auto decision = decided();
    if (const auto* end = std::get_if<give_up>(&decision))
      return "give up: " + std::string(to_string(end->error)) +
             (end->out_of_patience ? " (patience)" : "");
    if (const auto* later = std::get_if<try_later>(&decision))
      return "later in " + std::to_string(later->delay.count());
    if (const auto* waits = std::get_if<wait_again>(&decision))
      return "wait " + std::to_string(waits->next.provider) + " in " + ms_text(waits->due) +
             " round " + std::to_string(waits->round) + " at " + ms_text(waits->round_due);
    const auto& next = std::get<try_next>(decision);
    return "next " + std::to_string(next.next.provider) + " in " +
           std::to_string(next.delay.count()) + (next.uses_retry ? " retry" : "") +
           (next.possible_duplicate ? " duplicate" : "");
  }
};

}  // namespace postrider::actors
