#include "actors/rules/failure_listing.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

persistence::provider named(persistence::provider_id id, std::string name, std::string type) {
  persistence::provider one;
  one.id = id;
  one.name = std::move(name);
  one.type = std::move(type);
  return one;
}

const providers_by_id providers{{1, named(1, "mail", "email")},
                                {2, named(2, "test:email", "email")}};

BOOST_AUTO_TEST_SUITE(failure_listings)

BOOST_AUTO_TEST_CASE(a_day_is_asked_for_and_a_test_key_sees_test_mode_only) {
  const auto now = time_point(std::chrono::hours(1'000));
  auto query = ledger_query({{3, 4}, false}, providers, now);
  BOOST_TEST((query.users == std::vector<persistence::user_id>{3, 4}));
  BOOST_TEST(query.providers.empty());
  BOOST_TEST((query.since == now - std::chrono::hours(24)));
  query = ledger_query({{}, true}, providers, now);
  BOOST_TEST((query.providers == std::vector<persistence::provider_id>{2}));
  // An empty list would let everything through.
  BOOST_TEST(ledger_query({{}, true}, {}, now).providers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(groups_name_their_provider) {
  persistence::failure_groups found;
  found.groups.resize(2);
  found.groups[0].provider = 1;
  found.groups[1].provider = 9;
  found.seen = 7;
  found.complete = false;
  const auto report = describe(found, time_point(std::chrono::hours(1)), providers);
  BOOST_TEST(report.groups.at(0).provider.name == "mail");
  BOOST_TEST(report.groups.at(0).provider.type == "email");
  // One that was there once.
  BOOST_TEST(report.groups.at(1).provider.name.empty());
  BOOST_TEST(report.seen == 7);
  BOOST_TEST(!report.complete);
  BOOST_TEST((report.since == time_point(std::chrono::hours(1))));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
