#include "actors/rules/host_shares.hpp"

#include "actors/rules/addresses.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr steady_point t0{std::chrono::hours(1000)};

/// Starts as many calls to the host as it takes.
int fill(host_shares& shares, const std::string& host, steady_point now = t0) {
  int started = 0;
  for (; shares.may_start(host); ++started)
    shares.on_start(host, now);
  return started;
}

void come_back(host_shares& shares, const std::string& host, int calls) {
  for (int i = 0; i < calls; ++i)
    shares.on_end(host, true, t0);
}

BOOST_AUTO_TEST_SUITE(shares_of_hosts)

BOOST_AUTO_TEST_CASE(a_quarter_at_first_and_three_quarters_at_most) {
  const struct {
    std::int32_t max_in_flight, first, most;
  } rows[]{{1, 1, 1}, {2, 1, 1}, {3, 1, 2},   {4, 1, 3},
           {5, 1, 4}, {8, 2, 6}, {32, 8, 24}, {1000, 250, 750}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.max_in_flight) {
      host_shares shares(row.max_in_flight);
      BOOST_TEST(fill(shares, "a:443") == row.first);
      // It doubles with each window that comes back.
      for (int i = 0; i < 10; ++i) {
        come_back(shares, "a:443", shares.in_flight("a:443"));
        fill(shares, "a:443");
      }
      BOOST_TEST(shares.in_flight("a:443") == row.most);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_limit_doubles_with_each_window_of_calls_that_came_back) {
  host_shares shares(64);
  for (const int limit : {16, 32, 48, 48}) {
    BOOST_TEST(shares.limit("a:80") == limit);
    BOOST_TEST(fill(shares, "a:80") == limit);
    come_back(shares, "a:80", limit - 1);
    BOOST_TEST(shares.limit("a:80") == limit);
    come_back(shares, "a:80", 1);
  }
}

BOOST_AUTO_TEST_CASE(a_call_that_does_not_come_back_begins_anew) {
  host_shares shares(16);
  for (int i = 0; i < 5; ++i)
    come_back(shares, "a:80", fill(shares, "a:80"));
  BOOST_TEST(fill(shares, "a:80") == 12);
  shares.on_end("a:80", false, t0);
  BOOST_TEST(shares.limit("a:80") == 4);
  // Until fewer than these are under way.
  BOOST_TEST(!shares.may_start("a:80"));
  come_back(shares, "a:80", 3);
  BOOST_TEST(!shares.may_start("a:80"));
}

BOOST_AUTO_TEST_CASE(hosts_do_not_share) {
  host_shares shares(8);
  BOOST_TEST(fill(shares, "hangs:443") == 2);
  BOOST_TEST(fill(shares, "works:443") == 2);
  come_back(shares, "works:443", 2);
  BOOST_TEST(fill(shares, "works:443") == 4);
  BOOST_TEST(shares.limit("hangs:443") == 2);
  BOOST_TEST(shares.may_start("hangs:8443"));
}

BOOST_AUTO_TEST_CASE(a_host_hangs_when_none_of_its_calls_comes_back_for_a_second) {
  host_shares shares(8);
  BOOST_TEST(!shares.hangs("a:80", t0));
  shares.on_start("a:80", t0);
  BOOST_TEST(!shares.hangs("a:80", t0 + 999ms));
  BOOST_TEST(shares.hangs("a:80", t0 + 1s));
  // Another call changes nothing, one that comes back does.
  shares.on_start("a:80", t0 + 1s);
  BOOST_TEST(shares.hangs("a:80", t0 + 1s));
  shares.on_end("a:80", true, t0 + 2s);
  BOOST_TEST(!shares.hangs("a:80", t0 + 2s));
  BOOST_TEST(shares.hangs("a:80", t0 + 3s));
  // One that does not come back shows it at once, until another does.
  shares.on_start("a:80", t0 + 3s);
  shares.on_end("a:80", false, t0 + 3s);
  BOOST_TEST(shares.hangs("a:80", t0 + 3s));
  shares.on_start("a:80", t0 + 3s);
  shares.on_end("a:80", true, t0 + 3s);
  BOOST_TEST(!shares.hangs("a:80", t0 + 3s));
  // A host that nobody calls does not hang.
  shares.on_end("a:80", true, t0 + 3s);
  BOOST_TEST(!shares.hangs("a:80", t0 + 1h));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_call_says_nothing) {
  host_shares shares(4);
  shares.on_start("a:80", t0);
  shares.on_withdrawn("a:80");
  BOOST_TEST(shares.in_flight("a:80") == 0);
  BOOST_TEST(shares.limit("a:80") == 1);
  BOOST_TEST(shares.known() == 0u);
}

BOOST_AUTO_TEST_CASE(a_host_keeps_its_limit_while_it_is_idle) {
  host_shares shares(16);
  come_back(shares, "a:80", fill(shares, "a:80"));
  BOOST_TEST(shares.in_flight("a:80") == 0);
  BOOST_TEST(shares.limit("a:80") == 8);
}

BOOST_AUTO_TEST_CASE(as_many_idle_hosts_are_known_as_are_allowed) {
  host_shares shares(16);
  const auto host = [](std::size_t i) { return "host" + std::to_string(i) + ":443"; };
  // One that is being called is not forgotten.
  come_back(shares, "busy:443", fill(shares, "busy:443"));
  shares.on_start("busy:443", t0);
  for (std::size_t i = 0; i < 3 * host_shares::most_known; ++i) {
    shares.on_start(host(i), t0);
    shares.on_end(host(i), true, t0);
    BOOST_TEST_REQUIRE(shares.known() <= host_shares::most_known + 1);
  }
  BOOST_TEST(shares.limit("busy:443") == 8);
  BOOST_TEST(shares.in_flight("busy:443") == 1);
  // The ones that failed need no memory.
  host_shares failing(16);
  for (std::size_t i = 0; i < 10; ++i) {
    failing.on_start(host(i), t0);
    failing.on_end(host(i), false, t0);
  }
  BOOST_TEST(failing.known() == 0u);
}

BOOST_AUTO_TEST_CASE(a_new_bound_begins_anew_and_keeps_what_is_under_way) {
  host_shares shares(8);
  BOOST_TEST(fill(shares, "a:80") == 2);
  shares.resize(16);
  BOOST_TEST(shares.limit("a:80") == 4);
  BOOST_TEST(shares.in_flight("a:80") == 2);
  BOOST_TEST(fill(shares, "a:80") == 2);
  shares.resize(4);
  BOOST_TEST(!shares.may_start("a:80"));
}

BOOST_AUTO_TEST_CASE(a_host_is_name_and_port) {
  const struct {
    std::string_view url, host;
  } rows[]{{"https://example.org/", "example.org:443"},
           {"http://example.org/a?b=http://x:1/", "example.org:80"},
           {"https://example.org:8443/a", "example.org:8443"},
           {"http://[::1]/", "[::1]:80"},
           {"https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"},
           {"https://example.org", "example.org:443"}};
  for (const auto& row : rows)
    BOOST_TEST(host_of_url(row.url) == row.host);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
