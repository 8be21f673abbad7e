#include "actors/rules/message_listing.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

persistence::found_message with_rows(
    std::vector<std::pair<persistence::transaction_status, persistence::error_code>> rows) {
  persistence::found_message found;
  for (const auto& [status, error] : rows) {
    persistence::found_transaction row;
    row.transaction.recipient_no = static_cast<std::int32_t>(found.transactions.size());
    row.transaction.status = status;
    row.transaction.error = error;
    row.archived = true;
    found.transactions.push_back(row);
    found.message.recipients.emplace_back();
  }
  return found;
}

BOOST_AUTO_TEST_SUITE(message_listings)

BOOST_AUTO_TEST_CASE(a_recipient_is_looked_for_in_its_stored_form) {
  message_query query;
  query.filter.recipient = "+1 555 123 45 67";
  BOOST_TEST(ledger_list(query, {}).filter.recipient == "+15551234567");
  query.filter.recipient = "Ann <ann@Example.org>";
  BOOST_TEST(ledger_list(query, {}).filter.recipient == "ann@example.org");
  query.filter.recipient = "no address";
  BOOST_TEST(ledger_list(query, {}).filter.recipient == "no address");
}

BOOST_AUTO_TEST_CASE(without_a_state_the_ledger_asks_nobody) {
  BOOST_TEST(!ledger_list({}, {}).filter.also);
}

BOOST_AUTO_TEST_CASE(a_message_fits_by_its_status_and_by_the_outcome_of_a_recipient) {
  using persistence::error_code;
  using persistence::transaction_status;
  const auto sent = with_rows({{transaction_status::success, error_code::none}});
  const auto failed = with_rows({{transaction_status::failed, error_code::unavailable}});
  const auto both = with_rows({{transaction_status::success, error_code::none},
                               {transaction_status::failed, error_code::unavailable}});
  const struct {
    std::optional<delivery_status> status;
    std::optional<delivery_outcome> outcome;
    bool has_sent, has_failed, has_both;
  } rows[]{{delivery_status::success, {}, true, false, false},
           {delivery_status::failed, {}, false, true, false},
           {delivery_status::partial, {}, false, false, true},
           {{}, delivery_outcome::sent, true, false, true},
           {{}, delivery_outcome::failed, false, true, true},
           {{}, delivery_outcome::unknown, false, false, false},
           {delivery_status::partial, delivery_outcome::failed, false, false, true}};
  for (const auto& row : rows) {
    message_query query;
    query.status = row.status;
    query.outcome = row.outcome;
    const auto also = ledger_list(query, {}).filter.also;
    BOOST_REQUIRE(also);
    BOOST_TEST(also(sent) == row.has_sent);
    BOOST_TEST(also(failed) == row.has_failed);
    BOOST_TEST(also(both) == row.has_both);
  }
}

BOOST_AUTO_TEST_CASE(a_counting_list_counts_and_is_empty) {
  using persistence::error_code;
  using persistence::transaction_status;
  const auto counts = std::make_shared<message_counts>();
  const auto now = persistence::time_point(std::chrono::hours(1'000));
  message_query query;
  query.limit = 1;
  query.before = persistence::message_id{{1}};
  auto list = counting_list(query, {}, now, counts);
  BOOST_TEST((list.filter.created_after == now - std::chrono::hours(24)));
  BOOST_TEST((list.before == persistence::after_all_messages));
  BOOST_TEST(list.window == 10'000);
  const auto sent = with_rows({{transaction_status::success, error_code::none}});
  const auto both = with_rows({{transaction_status::success, error_code::none},
                               {transaction_status::failed, error_code::unavailable},
                               {transaction_status::failed, error_code::unavailable}});
  // The ledger copies the query.
  const auto also = list.filter.also;
  BOOST_TEST(!also(sent));
  BOOST_TEST(!also(sent));
  BOOST_TEST(!also(both));
  BOOST_TEST(counts->messages == 3);
  BOOST_TEST((counts->by_status == decltype(counts->by_status){0, 0, 2, 0, 1}));
  BOOST_TEST((counts->by_outcome == decltype(counts->by_outcome){3, 0, 0, 0, 0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_count_is_of_a_day_before_its_end_and_of_what_fits) {
  using persistence::error_code;
  using persistence::transaction_status;
  const auto now = persistence::time_point(std::chrono::hours(1'000));
  const auto counts = std::make_shared<message_counts>();
  message_query query;
  query.filter.created_before = now - std::chrono::hours(100);
  counting_list(query, {}, now, counts);
  BOOST_TEST((counts->since == now - std::chrono::hours(124)));
  query.filter.created_after = now - std::chrono::hours(101);
  query.outcome = delivery_outcome::failed;
  const auto list = counting_list(query, {}, now, counts);
  BOOST_TEST((counts->since == now - std::chrono::hours(101)));
  list.filter.also(with_rows({{transaction_status::success, error_code::none}}));
  BOOST_TEST(counts->messages == 0);
  list.filter.also(with_rows({{transaction_status::failed, error_code::unavailable}}));
  BOOST_TEST(counts->messages == 1);
}

BOOST_AUTO_TEST_CASE(the_page_and_its_limit_are_passed_on) {
  message_query query;
  query.limit = 7;
  query.before = persistence::message_id{{1}};
  const auto list = ledger_list(query, {});
  BOOST_TEST(list.limit == 7);
  BOOST_TEST((list.before == persistence::message_id{{1}}));
  BOOST_TEST((ledger_list({}, {}).before == persistence::after_all_messages));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
