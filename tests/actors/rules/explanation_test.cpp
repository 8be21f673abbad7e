#include "actors/rules/explanation.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <random>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using persistence::attempt;
using persistence::error_code;

/// Takes the kinds of address that it is told.
class kinds_driver final : public driver {
 public:
  kinds_driver(bool phone, bool email, bool refuses)
      : phone_(phone), email_(email), refuses_(refuses) {}
  std::optional<std::string> address_for(const persistence::recipient& to) const override {
    if (phone_ && !to.phone.empty()) return to.phone;
    if (email_ && !to.email.empty()) return to.email;
    return std::nullopt;
  }
  std::optional<std::string> content_refusal(const persistence::message&) const override {
    return refuses_ ? std::optional<std::string>("it has 3 parts: \"x\" = 1:2 p") : std::nullopt;
  }
  transfer_request compose(const delivery_content&) const override {
    throw std::logic_error("not for routing");
  }
  outcome classify(const delivery_content&, const transfer_result&) const override {
    throw std::logic_error("not for routing");
  }

 private:
  bool phone_, email_, refuses_;
};

/// Everything that a ranking says; what is excluded has no address, and its tries do not matter.
std::string text_of(std::span<const candidate> ranking) {
  std::string text;
  for (const auto& one : ranking)
    text += std::to_string(one.provider) + ":" + std::to_string(one.priority) +
            (one.preferred_type ? "p" : "") + (one.circuit_open ? "o" : "") +
            (one.fallback_on_undelivered ? "f" : "") + (one.from_user_list ? "u" : "d") + "x" +
            std::to_string(static_cast<int>(one.excluded)) + "<" + one.address + "|" + one.detail +
            ">" + (one.excluded == exclusion::none ? std::to_string(one.tries) : "") + " ";
  return text;
}

/// One state of the world, of many.
struct world {
  std::mt19937 random;
  std::vector<std::unique_ptr<kinds_driver>> drivers;
  std::vector<routed_provider> providers;
  std::vector<persistence::user_provider> list;
  std::vector<attempt> attempts;
  persistence::message message;

  explicit world(unsigned seed) : random(seed) {
    const int count = 1 + static_cast<int>(random() % 8);
    for (int id = 1; id <= count; ++id) {
      drivers.push_back(std::make_unique<kinds_driver>(chance(2), chance(2), chance(6)));
      providers.push_back({id, "p" + std::to_string(id), chance(2) ? "signal" : "email",
                           static_cast<std::int32_t>(random() % 3), !chance(5), chance(4),
                           chance(8) ? nullptr : drivers.back().get()});
    }
    if (chance(2)) make_list(count);
    if (chance(3)) message.requested_type = "email";
    message.fallback = !chance(4);
    if (chance(3)) message.fallback_on_undelivered = chance(2);
    message.recipients.push_back(chance(4)
                                     ? persistence::recipient{}
                                     : persistence::recipient{"+15551234567", "a@b.example", ""});
    for (auto tries = random() % 4; tries > 0; --tries)
      attempts.push_back({1 + static_cast<std::int32_t>(random() % 8) % count, any_error()});
  }

  void make_list(int count) {
    // One that this process does not know as well.
    for (int id = 1; id <= count + 1; ++id)
      if (!chance(4))
        list.push_back({id, static_cast<std::int32_t>(random() % 3), !chance(5),
                        chance(2) ? "+15550001111" : "own@c.example", chance(3)});
  }
  bool chance(unsigned one_in) { return random() % one_in == 0; }
  error_code any_error() {
    constexpr error_code all[] = {error_code::unavailable, error_code::recipient_rejected,
                                  error_code::outcome_unknown};
    return all[random() % std::size(all)];
  }

  std::vector<candidate> ranked() const {
    const auto refused = refusals_of(message, providers);
    return rank({&message, 0, "signal", list, providers, attempts, &refused});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(explanation)

/// A stored decision is no second opinion: put through the rule again it ranks the same.
BOOST_AUTO_TEST_CASE(a_stored_decision_put_through_the_rule_again_gives_the_same_ranking) {
  int usable = 0, excluded = 0;
  for (unsigned seed = 1; seed <= 20'000; ++seed) {
    const world w(seed);
    const auto ranking = w.ranked();
    const auto* best = first_usable(ranking);
    persistence::transaction made;
    made.recipient = best ? best->address : "";
    made.attempts = w.attempts;
    made.decision = encode_decision(ranking);
    const auto stored = recorded_decision::of(made);
    BOOST_REQUIRE_MESSAGE(stored, "seed " << seed << ": " << made.decision);
    BOOST_REQUIRE_EQUAL(stored->left_out(), 0);
    const auto again = stored->rank_again(made.attempts);
    BOOST_REQUIRE_MESSAGE(text_of(again) == text_of(ranking), "seed " << seed << ": "
                                                                      << made.decision << "\n"
                                                                      << text_of(ranking) << "\n"
                                                                      << text_of(again));
    BOOST_REQUIRE_MESSAGE(text_of(stored->ranking()) == text_of(ranking), "seed " << seed);
    ++(best ? usable : excluded);
  }
  BOOST_TEST(usable > 1000);
  BOOST_TEST(excluded > 1000);
}

BOOST_AUTO_TEST_CASE(a_decision_is_small) {
  candidate first, second, third;
  first.provider = 1, first.priority = 10, first.address = "+15551234567";
  first.preferred_type = true;
  second = first;
  second.provider = 2, second.circuit_open = true;
  third.provider = 3, third.priority = 5, third.excluded = exclusion::no_address;
  const std::vector ranking{first, second, third};
  BOOST_TEST(encode_decision(ranking) == "d 1:10p 2:10po 3:5x5");
}

BOOST_AUTO_TEST_CASE(a_decision_without_end_is_cut_and_counted) {
  std::vector<candidate> ranking(500);
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    ranking[i].provider = static_cast<std::int32_t>(i + 1);
    ranking[i].address = "+15551234567";
    ranking[i].from_user_list = true;
  }
  persistence::transaction made;
  made.recipient = "+15551234567";
  made.decision = encode_decision(ranking);
  BOOST_TEST(made.decision.size() <= persistence::max_decision_bytes);
  const auto stored = recorded_decision::of(made);
  BOOST_REQUIRE(stored);
  BOOST_TEST(stored->ranking().size() + static_cast<std::size_t>(stored->left_out()) == 500u);
  BOOST_TEST(stored->ranking().size() > 100u);
}

BOOST_AUTO_TEST_CASE(a_long_detail_is_cut_between_characters) {
  candidate refused;
  refused.provider = 1;
  refused.excluded = exclusion::content;
  for (int i = 0; i < 60; ++i)
    refused.detail += "ł";
  refused.detail = "x" + refused.detail;
  persistence::transaction made;
  made.decision = encode_decision(std::vector{refused});
  const auto stored = recorded_decision::of(made);
  BOOST_REQUIRE(stored);
  BOOST_TEST(stored->ranking().front().detail == refused.detail.substr(0, 99));
}

BOOST_AUTO_TEST_CASE(what_is_no_decision_is_none) {
  for (const char* text : {"", "x", "d1:1", "d 1", "d 1:", "d 1:1x0", "d 1:1x9", "d 1:1=5:abc",
                           "d 1:1=-1:", "d 1:1q", "u +", "u +3 1:1", "d  1:1"}) {
    persistence::transaction made;
    made.decision = text;
    BOOST_TEST(!recorded_decision::of(made).has_value(), text);
  }
}

struct plan_fixture {
  kinds_driver phone{true, false, false};
  std::vector<routed_provider> providers{{1, "alpha", "signal", 1, true, false, &phone},
                                         {2, "beta", "signal", 2, true, false, &phone}};
  providers_by_id all;
  persistence::message message;
  send_request request;
  messaging_settings settings;

  plan_fixture() {
    for (const auto& one : providers)
      all[one.id] = {one.id, one.name, one.type, one.priority};
    message.recipients.push_back({"+15551234567", "", ""});
    settings.failover_delay = 5s;
    settings.retry_delay = 60s;
    settings.retry_backoff = 2;
    settings.retry_jitter = 0;
    settings.max_retries = 5;
    settings.give_up_after = 0s;
  }
  std::string plan() const {
    const auto explained =
        explain_message({&message, "signal", {}, providers}, request, settings, all);
    return text_of(explained.at(0).plan);
  }
  static std::string text_of(const std::vector<planned_attempt>& plan) {
    std::string text;
    for (const auto& step : plan)
      text += step.provider + "@" + std::to_string(step.after.count() / 1000) + " ";
    return text;
  }
};

BOOST_FIXTURE_TEST_CASE(the_plan_is_the_first_round_and_then_a_line, plan_fixture) {
  settings.give_up_after = 24h;
  const auto one =
      explain_message({&message, "signal", {}, providers}, request, settings, all).at(0);
  BOOST_TEST(text_of(one.plan) == "alpha@0 beta@5 ");
  BOOST_REQUIRE(one.repeat);
  BOOST_CHECK(one.repeat->after == 65s);
  BOOST_CHECK(one.repeat->at_most == 1h);
  BOOST_CHECK(one.repeat->until == message.created_at + 24h);
  // The horizon counts from the time at which it is sent first.
  request.send_at = message.created_at + 3h;
  const auto later =
      explain_message({&message, "signal", {}, providers}, request, settings, all).at(0);
  BOOST_CHECK(later.repeat->until == message.created_at + 27h);
}

BOOST_FIXTURE_TEST_CASE(the_line_ends_with_the_message, plan_fixture) {
  settings.give_up_after = 24h;
  const auto explained = [this] {
    return explain_message({&message, "signal", {}, providers}, request, settings, all).at(0);
  };
  request.expires_at = message.created_at + 2h;
  BOOST_CHECK(explained().repeat->until == request.expires_at);
  // The second round would come too late.
  request.expires_at = message.created_at + 65s;
  BOOST_TEST(!explained().repeat);
}

BOOST_FIXTURE_TEST_CASE(a_provider_alone_is_planned_once, plan_fixture) {
  settings.give_up_after = 24h;
  settings.max_retries = 0;
  providers.pop_back();
  const auto one =
      explain_message({&message, "signal", {}, providers}, request, settings, all).at(0);
  BOOST_TEST(text_of(one.plan) == "alpha@0 ");
  BOOST_CHECK(one.repeat->after == 60s);
}

BOOST_FIXTURE_TEST_CASE(without_patience_the_plan_has_round_after_round, plan_fixture) {
  BOOST_TEST(plan() == "alpha@0 beta@5 alpha@65 beta@125 alpha@245 beta@365 ");
  request.max_retries = 1;
  BOOST_TEST(plan() == "alpha@0 beta@5 ");
  request.max_retries = 0;
  BOOST_TEST(plan() == "alpha@0 ");
}

BOOST_FIXTURE_TEST_CASE(the_plan_ends_before_the_message_expires, plan_fixture) {
  request.expires_at = message.created_at + 100s;
  BOOST_TEST(plan() == "alpha@0 beta@5 alpha@65 ");
}

BOOST_FIXTURE_TEST_CASE(nothing_is_planned_when_no_provider_can_take_it, plan_fixture) {
  message.recipients[0] = {"", "ann@example.org", ""};
  BOOST_TEST(plan().empty());
}

BOOST_FIXTURE_TEST_CASE(a_missing_address_is_said_by_its_kind, plan_fixture) {
  const auto reason = [this] {
    return explain_message({&message, "signal", {}, providers}, request, settings, all)
        .at(0)
        .candidates.at(0)
        .reason;
  };
  message.user = 7;
  message.recipients[0] = {"", "ann@example.org", ""};
  BOOST_TEST(reason() == "takes phone numbers, not an email address");
  message.recipients[0] = {};
  BOOST_TEST(reason() == "takes phone numbers; user 7 has none");
}

BOOST_FIXTURE_TEST_CASE(candidates_have_ranks_and_reasons, plan_fixture) {
  providers[0].circuit_open = true;
  providers.push_back({3, "gone", "email", 1, false, false, nullptr});
  const auto one =
      explain_message({&message, "signal", {}, providers}, request, settings, all).at(0);
  BOOST_REQUIRE_EQUAL(one.candidates.size(), 3u);
  BOOST_TEST(one.candidates[0].provider == "beta");
  BOOST_TEST((one.candidates[0].rank == 1));
  BOOST_TEST(one.candidates[0].address == "+15551234567");
  BOOST_TEST(one.candidates[0].reason == "of the type that is tried first, priority 2");
  BOOST_TEST((one.candidates[1].rank == 2));
  BOOST_TEST(one.candidates[1].reason.find("its circuit is open") != std::string::npos);
  BOOST_TEST(!one.candidates[2].rank.has_value());
  BOOST_TEST(one.candidates[2].provider == "provider 3");
  BOOST_TEST(one.candidates[2].reason == "not in this server's configuration");
}

BOOST_FIXTURE_TEST_CASE(a_transaction_is_explained_as_it_was_decided, plan_fixture) {
  persistence::transaction made;
  made.provider = 1;
  made.recipient = "+15551234567";
  made.max_retries = 2;
  made.decision = encode_decision(rank({&message, 0, "signal", {}, providers, {}, nullptr}));
  // The world has changed since.
  providers.clear();
  const auto one = explain_transaction(made, settings, all);
  BOOST_TEST(one.candidates.size() == 2u);
  BOOST_TEST(text_of(one.plan) == "alpha@0 beta@5 alpha@65 ");
  // It has waited for 20 rounds, and was tried in each of them.
  settings.give_up_after = 24h;
  for (const auto& provider : {1, 2}) {
    persistence::attempt tried;
    tried.provider = provider;
    tried.count = 20;
    made.attempts.push_back(tried);
  }
  made.round = 20;
  made.round_due = made.created_at + 10h;
  const auto waiting = explain_transaction(made, settings, all);
  BOOST_TEST(text_of(waiting.plan) == "alpha@0 beta@5 ");
  BOOST_REQUIRE(waiting.repeat);
  BOOST_CHECK(waiting.repeat->after == 65s);
  made.decision.clear();
  const auto old = explain_transaction(made, settings, all);
  BOOST_REQUIRE_EQUAL(old.candidates.size(), 1u);
  BOOST_TEST(old.candidates[0].reason == "its decision was not stored");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
