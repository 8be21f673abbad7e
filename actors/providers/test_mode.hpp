#pragma once

#include "actors/providers/driver.hpp"

/// Test mode: what is posted with a test key goes through the whole pipeline, and through providers
/// that are called by nobody. There is one of each type, in every server. The recipient chooses
/// what becomes of an attempt; docs/guides/test-mode.md has the table.
namespace postrider::actors {

/// Where the addresses are that choose, NAME@postrider.test and https://postrider.test/NAME: a
/// domain that RFC 2606 keeps free. Phone numbers are of the range for fiction, +1 202 555 0100 and
/// following.
inline constexpr std::string_view test_domain = "postrider.test";

/// The behaviour behind one name.
struct test_recipient {
  /// "recipient-rejected".
  std::string_view name;
  std::string_view phone;
  outcome_kind kind = outcome_kind::accepted;
  /// When it ends so; otherwise it is accepted.
  enum class when : std::uint8_t { always, first_attempt, first_minute };
  when ends_so = when::always;
  /// The receipts of an accepted message, in this order, some seconds later.
  std::vector<persistence::receipt> receipts{};
  std::string_view help;
};

std::span<const test_recipient> test_recipients();
/// By an address as a driver gives it. Of an address without a meaning of its own: the first, which
/// is delivered.
const test_recipient& test_recipient_of(std::string_view address);

/// In place of a user who is the recipient: a test shows nobody's own address.
const persistence::recipient& test_user();

/// Names that a configured provider cannot have: "test:email".
bool is_test_provider(std::string_view name);
/// The providers of test mode, one of each type.
std::vector<provider_settings> test_providers();

/// The driver of any provider, of test mode too, or a sentence that says what is wrong with the
/// settings.
boost::system::result<std::unique_ptr<driver>, std::string> make_driver(
    const provider_settings& settings);

}  // namespace postrider::actors
