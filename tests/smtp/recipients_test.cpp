#include "smtp/recipients.hpp"

#include "tests/smtp/dialogue_fixture.hpp"

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(recipients, test::dialogue_fixture)

BOOST_AUTO_TEST_CASE(an_address_stands_for_a_source_or_a_user) {
  persistence::api_key limited;
  limited.sources = {"alerts"};
  const smtp::recipient_rules any{{}, {}, nullptr, of_users};
  const smtp::recipient_rules with_key{{}, {}, &limited, of_users};
  const smtp::recipient_rules with_postmaster{{}, "backups", nullptr, of_users};
  const smtp::recipient_rules local{"alerts", {}, nullptr, of_users};
  struct row {
    const smtp::recipient_rules* rules;
    smtp::mail_path to;
    /// The source's name, or the enhanced code of the refusal.
    std::string found;
  };
  const row rows[]{
      {&any, {"alerts", "x"}, "alerts"},
      {&any, {"ALERTS", ""}, "alerts"},
      {&any, {"hook", "x"}, "5.1.1"},
      {&any, {"nobody", "x"}, "5.1.1"},
      {&any, {"user+7", "x"}, "user+7"},
      {&any, {"user+0", "x"}, "5.1.1"},
      {&any, {"user+x", "x"}, "5.1.1"},
      {&any, {"user+9999999999999999999999", "x"}, "5.1.1"},
      {&any, {"postmaster", "x"}, "5.1.1"},
      {&any, {"", ""}, "5.1.3"},
      {&with_postmaster, {"Postmaster", ""}, "backups"},
      {&with_key, {"alerts", "x"}, "alerts"},
      {&with_key, {"backups", "x"}, "5.7.1"},
      {&with_key, {"user+7", "x"}, "5.7.1"},
      {&local, {"root", ""}, "alerts"},
      {&local, {"backups", "x"}, "alerts"},
      {&local, {"postmaster", ""}, "alerts"},
  };
  for (const auto& row : rows) {
    const auto found = smtp::find_recipient(*host.board.get(), *row.rules, row.to);
    const auto shown = found ? (*found)->settings.name : std::string(found.error().enhanced);
    BOOST_TEST(shown == row.found, row.to.text());
    if (!found) BOOST_TEST(found.error().text.size() > 20u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
