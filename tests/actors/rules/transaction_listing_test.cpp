#include "actors/rules/transaction_listing.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace postrider::actors {
namespace {

providers_by_id some_providers() {
  providers_by_id all;
  const auto add = [&](persistence::provider_id id, std::string name, std::string type) {
    all[id] = {id, std::move(name), std::move(type)};
  };
  add(1, "alpha", "signal");
  add(2, "beta", "email");
  add(3, "gamma", "email");
  add(4, "test:signal", "signal");
  add(5, "test:email", "email");
  return all;
}

BOOST_AUTO_TEST_SUITE(transaction_listings)

BOOST_AUTO_TEST_CASE(names_become_ids) {
  const struct {
    std::string provider, type;
    bool test;
    std::vector<persistence::provider_id> ids;
  } rows[]{{"", "", false, {}},
           {"beta", "", false, {2}},
           {"", "email", false, {2, 3, 5}},
           {"beta", "email", false, {2}},
           // No provider is both: nothing is let through.
           {"alpha", "email", false, {0}},
           {"", "", true, {4, 5}},
           {"", "email", true, {5}},
           {"alpha", "", true, {0}}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.provider << " " << row.type << " " << row.test) {
      transaction_query query;
      query.provider = row.provider;
      query.provider_type = row.type;
      query.test = row.test;
      const auto list = ledger_list(query, some_providers());
      BOOST_REQUIRE(list.has_value());
      BOOST_TEST(list->filter.providers == row.ids, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(unknown_names_are_refused) {
  transaction_query query;
  query.provider = "delta";
  const auto no_name = ledger_list(query, some_providers());
  BOOST_REQUIRE(no_name.has_error());
  BOOST_CHECK(no_name.error().code == service_errc::invalid);
  BOOST_TEST(no_name.error().detail ==
             "there is no provider \"delta\"; known are alpha, beta, gamma");
  // One that the configuration switches off, or has no longer, is known too.
  auto some = some_providers();
  some[1].configured = false;
  BOOST_TEST(ledger_list(query, some).error().detail ==
             "there is no provider \"delta\"; known are beta, gamma, alpha");
  query.provider.clear();
  query.provider_type = "pigeon";
  const auto no_type = ledger_list(query, some_providers());
  BOOST_REQUIRE(no_type.has_error());
  BOOST_TEST(no_type.error().detail == "there is no provider of type \"pigeon\"");
}

BOOST_AUTO_TEST_CASE(every_filter_reaches_the_ledger) {
  transaction_query query;
  query.user = 7;
  query.error = persistence::error_code::throttled;
  query.status = persistence::transaction_status::failed;
  query.archived = true;
  query.created_after = time_point(std::chrono::seconds(1));
  query.created_before = time_point(std::chrono::seconds(2));
  query.recipient = "+1 555 1234567";
  query.limit = 3;
  query.before = 99;
  const auto list = ledger_list(query, some_providers());
  BOOST_REQUIRE(list.has_value());
  const auto& filter = list->filter;
  BOOST_CHECK(filter.user == query.user && filter.error == query.error &&
              filter.status == query.status && filter.archived == query.archived);
  BOOST_CHECK(filter.created_after == query.created_after &&
              filter.created_before == query.created_before);
  // A recipient is compared in its normal form.
  BOOST_TEST(filter.recipient == "+15551234567");
  BOOST_TEST(list->limit == 3);
  BOOST_TEST(list->before == 99);
}

BOOST_AUTO_TEST_CASE(the_first_page_begins_at_the_newest) {
  transaction_query query;
  query.recipient = "no address";
  const auto list = ledger_list(query, {});
  BOOST_REQUIRE(list.has_value());
  BOOST_TEST(list->before == std::numeric_limits<transaction_id>::max());
  BOOST_TEST(list->filter.recipient == "no address");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
