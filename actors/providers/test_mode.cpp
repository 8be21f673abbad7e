#include "actors/providers/test_mode.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using persistence::receipt;
using when = test_recipient::when;

constexpr std::string_view prefix = "test:";
/// Longer than any retry waits: the attempt fails, and the next provider has its turn.
constexpr auto throttled_for = 24h;
/// The attempt fails neither: the message waits, and tries again.
constexpr auto busy_for = 1s;
/// The longest simulated delay, so that no test keeps a server busy for ever.
constexpr auto first_minute = 1min;

/// Settings with which each type's driver can be made: it is asked what it can reach and what it
/// can take, and sends nothing.
const std::map<std::string_view, std::map<std::string, std::string, std::less<>>>& stand_in_keys() {
  static const std::map<std::string_view, std::map<std::string, std::string, std::less<>>> keys{
      {"signal", {{"url", "http://signal.test"}, {"account", "+12025550100"}}},
      {"email", {{"url", "smtps://mail.test"}, {"from", "test@postrider.test"}}},
      {"sms",
       {{"api", "kannel"},
        {"url", "http://kannel.test"},
        {"username", "test"},
        {"password", "test"},
        {"from", "12345"}}},
      {"webhook", {{"secret", "whsec_dGVzdCBtb2RlIHNpZ25zIG5vdGhpbmcu"}}},
  };
  return keys;
}

/// Reaches and takes what the real one of its type does, and answers in its place.
class test_driver final : public driver {
 public:
  explicit test_driver(std::unique_ptr<driver> real) : real_(std::move(real)) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return real_->address_for(recipient);
  }
  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    return real_->content_refusal(message);
  }
  transfer_request compose(const delivery_content&) const override { return {}; }

  std::optional<simulated_call> simulate(const delivery_content& content) const override {
    simulated_call call;
    call.result.stage = transfer_stage::reply_complete;
    const auto& chosen = test_recipient_of(content.address);
    if (kind_for(chosen, content) != outcome_kind::accepted) return call;
    for (const auto kind : chosen.receipts) {
      auto& report = call.receipts.emplace_back();
      report.kind = kind;
      report.provider_refs = {reference_of(content)};
      if (kind == receipt::undelivered) report.detail = "the test recipient is never reached";
    }
    return call;
  }

  outcome classify(const delivery_content& content, const transfer_result&) const override {
    const auto& chosen = test_recipient_of(content.address);
    outcome found;
    found.kind = kind_for(chosen, content);
    if (found.kind == outcome_kind::accepted) {
      found.provider_ref = reference_of(content);
      return found;
    }
    found.detail = "the test recipient " + std::string(chosen.name);
    // The outcome that one test chose says nothing of the provider, which other tests use too.
    found.recipient_only = true;
    if (found.kind == outcome_kind::throttled)
      found.retry_after = chosen.ends_so == when::first_minute ? milliseconds(busy_for)
                                                               : milliseconds(throttled_for);
    return found;
  }

 private:
  static outcome_kind kind_for(const test_recipient& chosen, const delivery_content& content) {
    const bool first = chosen.ends_so != when::first_attempt || content.retry_count == 0;
    const bool early = chosen.ends_so != when::first_minute || !content.message ||
                       content.now < content.message->created_at + first_minute;
    return first && early ? chosen.kind : outcome_kind::accepted;
  }
  static std::string reference_of(const delivery_content& content) {
    return "test-" + std::to_string(content.transaction);
  }

  std::unique_ptr<driver> real_;
};

/// "undelivered" of "undelivered@postrider.test" and of "https://postrider.test/undelivered".
std::string_view name_in(std::string_view address) {
  const auto at = address.find('@');
  if (at != std::string_view::npos)
    return address.substr(at + 1) == test_domain ? address.substr(0, at) : std::string_view();
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!address.starts_with(scheme)) continue;
    address.remove_prefix(scheme.size());
    if (!address.starts_with(test_domain)) return {};
    address.remove_prefix(test_domain.size());
    return address.starts_with('/') ? address.substr(1) : std::string_view();
  }
  return {};
}

}  // namespace

std::span<const test_recipient> test_recipients() {
  static const std::array all{
      test_recipient{"delivered",
                     "+12025550100",
                     outcome_kind::accepted,
                     when::always,
                     {receipt::delivered},
                     "accepted, and soon its receipt says delivered"},
      test_recipient{"accepted",
                     "+12025550101",
                     outcome_kind::accepted,
                     when::always,
                     {},
                     "accepted; no receipt ever comes"},
      test_recipient{"read",
                     "+12025550102",
                     outcome_kind::accepted,
                     when::always,
                     {receipt::delivered, receipt::read},
                     "accepted, then delivered, then read"},
      test_recipient{"undelivered",
                     "+12025550103",
                     outcome_kind::accepted,
                     when::always,
                     {receipt::undelivered},
                     "accepted, and then its receipt says undelivered"},
      test_recipient{"recipient-rejected",
                     "+12025550104",
                     outcome_kind::recipient_rejected,
                     when::always,
                     {},
                     "no provider knows this recipient"},
      test_recipient{"message-rejected",
                     "+12025550105",
                     outcome_kind::message_rejected,
                     when::always,
                     {},
                     "no provider takes this content"},
      test_recipient{"throttled",
                     "+12025550106",
                     outcome_kind::throttled,
                     when::always,
                     {},
                     "every provider asks to wait for longer than a retry does"},
      test_recipient{"unavailable",
                     "+12025550107",
                     outcome_kind::unavailable,
                     when::always,
                     {},
                     "every provider is down"},
      test_recipient{"unavailable-first",
                     "+12025550108",
                     outcome_kind::unavailable,
                     when::first_attempt,
                     {receipt::delivered},
                     "the first attempt finds its provider down, the second is delivered"},
      test_recipient{"misconfigured",
                     "+12025550109",
                     outcome_kind::misconfigured,
                     when::always,
                     {},
                     "every provider refuses the server's credentials"},
      test_recipient{
          "busy",
          "+12025550111",
          outcome_kind::throttled,
          when::first_minute,
          {},
          "each provider asks to wait for a second, again and again, for the first minute"},
      test_recipient{"unknown",
                     "+12025550110",
                     outcome_kind::unknown,
                     when::always,
                     {},
                     "no answer comes: it may have been sent"},
  };
  return all;
}

const test_recipient& test_recipient_of(std::string_view address) {
  const auto all = test_recipients();
  const auto name = name_in(address);
  const auto found = std::ranges::find_if(
      all, [&](const auto& one) { return one.phone == address || one.name == name; });
  return found == all.end() ? all.front() : *found;
}

const persistence::recipient& test_user() {
  static const persistence::recipient user{std::string(test_recipients().front().phone),
                                           "delivered@postrider.test",
                                           "https://postrider.test/delivered"};
  return user;
}

bool is_test_provider(std::string_view name) { return name.starts_with(prefix); }

std::vector<provider_settings> test_providers() {
  std::vector<provider_settings> all;
  for (const auto& type : driver_types()) {
    const auto keys = stand_in_keys().find(type.name);
    if (keys == stand_in_keys().end()) continue;
    auto& one = all.emplace_back();
    one.name = std::string(prefix) + std::string(type.name);
    one.type = type.name;
    one.keys = keys->second;
    // Every lease covers it.
    one.timeout = 1s;
    // Tests leave most of the ledger's time to what is real.
    one.rate.per_second = 500;
  }
  return all;
}

boost::system::result<std::unique_ptr<driver>, std::string> make_driver(
    const provider_settings& settings) {
  auto made = find_driver_type(settings.type)->make(settings);
  if (!made || !is_test_provider(settings.name)) return made;
  return std::unique_ptr<driver>(std::make_unique<test_driver>(std::move(*made)));
}

}  // namespace postrider::actors
