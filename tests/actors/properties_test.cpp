#include "actors/rules/addresses.hpp"
#include "actors/rules/rate_limiter.hpp"
#include "actors/rules/retry_policy.hpp"
#include "actors/rules/user_list_cache.hpp"
#include "base/latency_histogram.hpp"
#include "persistence/attempts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <rapidcheck.h>
#include <set>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

/// RapidCheck prints the seed and the smallest counterexample.
template <class Property>
void holds(const std::string& sentence, Property property) {
  BOOST_TEST(rc::check(sentence, std::move(property)));
}

class any_address final : public driver {
 public:
  std::optional<std::string> address_for(const persistence::recipient&) const override {
    return "x";
  }
  transfer_request compose(const delivery_content&) const override { return {}; }
  outcome classify(const delivery_content&, const transfer_result&) const override { return {}; }
};

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(a_percentile_is_within_its_buckets_error) {
  holds("the exact percentile <= the histogram's <= a quarter more", [] {
    auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
        rc::gen::inRange<std::int64_t>(0, 3'600'000'000)));
    const double share = *rc::gen::inRange(0, 1000) / 1000.0;
    latency_histogram histogram;
    for (auto value : values)
      histogram.add(std::chrono::microseconds(value));
    std::sort(values.begin(), values.end());
    // The nearest rank: as many of the values are at most the percentile as `share` asks for.
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const auto index = std::max<std::size_t>(rank, 1) - 1;
    const auto seen = histogram.percentile(share).count();
    RC_ASSERT(histogram.count() == values.size());
    RC_ASSERT(seen >= values[index]);
    RC_ASSERT(seen <= values[index] + values[index] / 4);
  });
}

BOOST_AUTO_TEST_CASE(a_normal_form_is_its_own_normal_form_and_can_reach_no_header) {
  holds("whatever text is given", [] {
    const auto prefix = *rc::gen::element<std::string>("", "+1", "bob@", "https://", "http://x");
    const auto text =
        prefix + *rc::gen::oneOf(
                     rc::gen::arbitrary<std::string>(),
                     rc::gen::container<std::string>(rc::gen::element(
                         '+', '1', '5', '@', '.', '/', ':', '[', ']', 'a', '?', '\r', '\n', '\0')));
    const auto parsed = parse_recipient(text);
    if (!parsed) {
      RC_ASSERT(!parsed.error().code.empty());
      return;
    }
    RC_ASSERT(parsed->phone.empty() + parsed->email.empty() + parsed->url.empty() == 2);
    const auto normal = parsed->phone + parsed->email + parsed->url;
    RC_ASSERT(normal.size() <= persistence::max_recipient_bytes);
    for (unsigned char c : normal)
      RC_ASSERT(c > ' ' && c != 0x7f);
    RC_ASSERT(*parse_recipient(normal) == *parsed);
  });
}

BOOST_AUTO_TEST_CASE(a_limiter_never_lets_more_through_than_its_rate_and_one_burst) {
  holds("whatever the pauses", [] {
    const double rate = *rc::gen::inRange(1, 500) / 10.0;
    const auto pauses = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 400));
    const steady_point start{1000h};
    rate_limiter limiter({rate}, start);
    auto at = start;
    int taken = 0;
    for (auto pause : pauses) {
      at += std::chrono::milliseconds(pause);
      while (limiter.take(at))
        ++taken;
      const auto wait = limiter.wait(at);
      RC_ASSERT(wait > 0ns);
      at += wait;
      RC_ASSERT(limiter.take(at));
      ++taken;
    }
    const double seconds = std::chrono::duration<double>(at - start).count();
    RC_ASSERT(taken <= std::max(1.0, rate) + rate * seconds + 1e-6);
  });
}

/// Follows chains through ranking and deciding, as the scheduler does.
BOOST_AUTO_TEST_CASE(a_chain_ends_and_comes_back_to_nobody_who_rejected) {
  holds("whatever the outcomes", [] {
    const any_address everywhere;
    const auto count = *rc::gen::inRange(1, 6);
    std::vector<routed_provider> providers;
    for (int id = 1; id <= count; ++id)
      providers.push_back({id, "p", "signal", *rc::gen::inRange(0, 3), true,
                           *rc::gen::arbitrary<bool>(), &everywhere});
    persistence::message message;
    message.recipients = {{"+15551234567", "", ""}};
    persistence::transaction row;
    row.max_retries = *rc::gen::inRange(0, 21);
    messaging_settings settings;
    std::set<persistence::provider_id> rejected;
    std::set<persistence::provider_id> untried;
    for (const auto& one : providers)
      untried.insert(one.id);
    row.provider = rank({&message, 0, "signal", {}, providers, {}}).front().provider;
    persistence::time_point now{std::chrono::hours(1)};
    row.first_due = now;
    const std::chrono::milliseconds patience = std::chrono::hours(*rc::gen::inRange(0, 48));
    std::int32_t transactions = 1, unknown = 0;
    for (int step = 0;; ++step) {
      // A day of rounds that are at most an hour apart, through at most five providers.
      RC_ASSERT(step < 1'000);
      RC_ASSERT(transactions <= count + row.max_retries);
      RC_ASSERT(row.retries_used <= row.max_retries);
      RC_ASSERT(!rejected.contains(row.provider));
      untried.erase(row.provider);
      const auto error = static_cast<persistence::error_code>(*rc::gen::inRange(1, 7));
      if (error <= persistence::error_code::message_rejected) rejected.insert(row.provider);
      unknown += error == persistence::error_code::outcome_unknown;
      persistence::end_attempt(row, {error, {}, {}}, now, now);
      const auto candidates = rank({&message, 0, "signal", {}, providers, row.attempts});
      failed_chain failure{&row,  error,   persistence::on_unknown::retry, candidates, now, 0.5,
                           false, patience};
      const auto decision = decide(failure, settings);
      if (const auto* end = std::get_if<give_up>(&decision)) {
        RC_ASSERT(end->error == error);
        RC_ASSERT(row.retries_used == row.max_retries || rejected.size() == providers.size() ||
                  (end->out_of_patience && now >= row.first_due + patience));
        // With patience only what may have arrived counts.
        RC_ASSERT(patience.count() == 0 || row.retries_used <= unknown);
        return;
      }
      if (const auto* waits = std::get_if<wait_again>(&decision)) {
        RC_ASSERT(untried.empty());
        RC_ASSERT(waits->round - row.round <= 1);
        row.round = waits->round;
        row.round_due = waits->round_due;
        row.provider = waits->next.provider;
        now = std::max({now, waits->due, waits->round_due});
        continue;
      }
      const auto& next = std::get<try_next>(decision);
      RC_ASSERT(next.possible_duplicate == (unknown > 0));
      // No provider is asked again before every healthy one was asked once.
      for (const auto& one : providers)
        if (next.next.tries > 0 && !next.next.circuit_open)
          RC_ASSERT(one.circuit_open || !untried.contains(one.id));
      row.provider = next.next.provider;
      row.retries_used += next.uses_retry;
      ++transactions;
      now += next.delay;
    }
  });
}

BOOST_AUTO_TEST_CASE(a_cache_finds_what_a_plain_list_of_recent_users_has) {
  holds("whatever is put and sought", [] {
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 6);
    user_list_cache cache(capacity);
    std::vector<persistence::user_id> recent;  // the newest last
    for (auto [user, put] :
         *rc::gen::container<std::vector<std::pair<persistence::user_id, bool>>>(rc::gen::pair(
             rc::gen::inRange<persistence::user_id>(0, 10), rc::gen::arbitrary<bool>()))) {
      const auto known = std::find(recent.begin(), recent.end(), user);
      const bool was_known = known != recent.end();
      if (!put) RC_ASSERT((cache.find(user) != nullptr) == was_known);
      if (was_known) recent.erase(known);
      if (put) cache.put(user, {});
      if (put || was_known) recent.push_back(user);
      if (recent.size() > capacity) recent.erase(recent.begin());
      RC_ASSERT(cache.size() == recent.size());
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
