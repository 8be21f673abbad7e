#include "actors/rules/address_kinds.hpp"

#include <string_view>
#include <vector>

namespace postrider::actors {
namespace {

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words)
    text.append(text.empty() ? "" : " and ").append(word);
  return text;
}

}  // namespace

std::string kinds_taken_by(const driver& driver) {
  std::vector<std::string_view> kinds;
  if (driver.address_for({"+15551234567", "", ""})) kinds.emplace_back("phone numbers");
  if (driver.address_for({"", "ann@example.org", ""})) kinds.emplace_back("email addresses");
  if (driver.address_for({"", "", "https://example.org/"})) kinds.emplace_back("URLs");
  return joined(kinds);
}

std::string kinds_of(const persistence::recipient& recipient) {
  std::vector<std::string_view> kinds;
  if (!recipient.phone.empty()) kinds.emplace_back("a phone number");
  if (!recipient.email.empty()) kinds.emplace_back("an email address");
  if (!recipient.url.empty()) kinds.emplace_back("a URL");
  return joined(kinds);
}

std::string address_refusal(const driver& driver, const persistence::recipient& recipient) {
  if (driver.address_for(recipient)) return {};
  const bool right_kind =
      (!recipient.phone.empty() && driver.address_for({"+15551234567", "", ""})) ||
      (!recipient.email.empty() && driver.address_for({"", "ann@example.org", ""})) ||
      (!recipient.url.empty() && driver.address_for({"", "", "https://example.org/"}));
  if (right_kind && !recipient.url.empty()) return "takes https:// URLs only";
  if (right_kind) return "cannot use this address";
  return "takes " + kinds_taken_by(driver) + ", not " + kinds_of(recipient);
}

}  // namespace postrider::actors
