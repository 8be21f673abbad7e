#pragma once

#include "actors/rules/routing.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

/// Parts that the tests of the routing rule share.
namespace postrider::actors {

using persistence::attempt;
using persistence::error_code;

/// Takes one kind of address.
class kind_driver final : public driver {
 public:
  explicit kind_driver(std::string persistence::recipient::*kind, std::size_t longest = 1'000)
      : max_text(longest), kind_(kind) {}
  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return (recipient.*kind_).empty() ? std::nullopt : std::optional(recipient.*kind_);
  }
  transfer_request compose(const delivery_content&) const override {
    throw std::logic_error("not for routing");
  }
  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    return message.text.size() > max_text ? std::optional<std::string>("it is too long")
                                          : std::nullopt;
  }
  outcome classify(const delivery_content&, const transfer_result&) const override {
    throw std::logic_error("not for routing");
  }

 private:
  std::size_t max_text;
  std::string persistence::recipient::*kind_;
};

inline const kind_driver by_phone{&persistence::recipient::phone};
inline const kind_driver by_email{&persistence::recipient::email};

/// signal 1 and 2, email 3 and 4 as configured; the message goes to a phone number and an email
/// address.
struct routing_fixture {
  std::vector<routed_provider> providers{{1, "signal-a", "signal", 10, true, false, &by_phone},
                                         {2, "signal-b", "signal", 20, true, false, &by_phone},
                                         {3, "mail-a", "email", 5, true, false, &by_email},
                                         {4, "mail-b", "email", 30, true, false, &by_email}};
  std::vector<persistence::user_provider> list{
      {3, 1, true, {}}, {1, 2, true, {}}, {2, 3, true, {}}, {4, 4, true, {}}};
  std::vector<attempt> attempts;
  persistence::message message;
  std::string default_type = "signal";

  routing_fixture() { message.recipients = {{"+15551234567", "bob@example.com", ""}}; }

  void add_test_providers() {
    providers.push_back({5, "test:signal", "signal", 100, true, false, &by_phone, true});
    providers.push_back({6, "test:email", "email", 100, true, false, &by_email, true});
  }
  routed_provider& provider(int id) { return providers[static_cast<std::size_t>(id - 1)]; }
  std::vector<candidate> ranked(std::int32_t recipient_no = 0) const {
    const auto refused = refusals_of(message, providers);
    return rank({&message, recipient_no, default_type, list, providers, attempts, &refused});
  }
  /// "3 1! 2-rejected before": the order, "!" for an open circuit, the excluded ones with their
  /// reason's number.
  std::string order(std::int32_t recipient_no = 0) const {
    std::string text;
    for (const auto& one : ranked(recipient_no)) {
      if (!text.empty()) text += ' ';
      text += std::to_string(one.provider);
      if (one.circuit_open) text += '!';
      static const std::map<exclusion, std::string> short_names{
          {exclusion::user_provider_inactive, "line-off"},
          {exclusion::provider_inactive, "off"},
          {exclusion::not_configured, "unknown"},
          {exclusion::other_type, "type"},
          {exclusion::no_address, "address"},
          {exclusion::content, "content"},
          {exclusion::rejected, "rejected"}};
      if (one.excluded != exclusion::none) text += '(' + short_names.at(one.excluded) + ')';
    }
    return text;
  }
  void tried(int provider, error_code error = error_code::unavailable) {
    attempts.push_back({provider, error});
  }
};

}  // namespace postrider::actors
