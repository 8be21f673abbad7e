#include "tools/postrider/open_files.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

namespace postrider::cli {
namespace {

server_settings settings_with(std::int32_t connections, std::vector<std::int32_t> calls) {
  server_settings settings;
  settings.http.max_connections = connections;
  settings.delivery.ledger_readers = 2;
  settings.delivery.ledger_writers = 1;
  for (const auto in_flight : calls)
    settings.delivery.providers.emplace_back().max_in_flight = in_flight;
  return settings;
}

BOOST_AUTO_TEST_SUITE(open_files)

BOOST_AUTO_TEST_CASE(descriptors_are_kept_for_providers_and_the_database) {
  const struct {
    std::uint64_t limit;
    std::int32_t connections;
    std::vector<std::int32_t> calls;
    std::int32_t clients, providers;
  } rows[]{// 64 for the program, 3 * 7 for the database, 3 for each of 32 calls at least.
           {256, 10'000, {}, 75, 32},
           {256, 10'000, {10}, 75, 32},
           {256, 30, {10}, 30, 45},
           {256, 10'000, {39}, 51, 40},
           {1'024, 10'000, {99, 49}, 489, 150},
           // At most half of it for providers, and an eighth for clients at least.
           {256, 10'000, {1'000}, 43, 42},
           {100, 10'000, {1'000}, 12, 16},
           {10, 10'000, {10}, 1, 1},
           {1, 10'000, {10}, 1, 0},
           // Enough for all: idle connections of providers use up to 512 of the rest.
           {20'000, 10'000, {10}, 10'000, 512},
           {10'250, 10'000, {10}, 10'000, 69},
           {1'073'741'816, 10'000, {2'000}, 10'000, 2'001},
           {~std::uint64_t{0}, 1'000'000, {10}, 1'000'000, 512}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.limit << ", " << row.connections) {
      const auto plan = plan_descriptors(row.limit, settings_with(row.connections, row.calls));
      BOOST_TEST(plan.clients == row.clients);
      BOOST_TEST(plan.providers == row.providers);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_lowered_bound_is_said) {
  const auto warning = lowered_connections(256, settings_with(10'000, {10}));
  BOOST_REQUIRE(warning.has_value());
  BOOST_TEST(warning->find("256 files") != std::string::npos);
  BOOST_TEST(warning->find("at most 75 connections") != std::string::npos);
  BOOST_TEST(warning->find("LimitNOFILE=") != std::string::npos);
  BOOST_TEST(!lowered_connections(20'000, settings_with(10'000, {10})).has_value());
  BOOST_TEST(!lowered_connections(256, settings_with(75, {10})).has_value());
}

BOOST_AUTO_TEST_CASE(the_soft_limit_becomes_the_hard_one) {
  rlimit before{};
  BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto lower = before;
  lower.rlim_cur = 64;
  BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  BOOST_TEST(most_open_files() == before.rlim_max);
  BOOST_TEST(raise_open_files() == before.rlim_max);
  rlimit after{};
  BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  BOOST_TEST(after.rlim_cur == before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::cli
