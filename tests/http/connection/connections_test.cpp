#include "inbound/connections.hpp"

#include "http/connection/session.hpp"
#include "tests/http/server_fixture.hpp"

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(connections, test::server_fixture)

BOOST_AUTO_TEST_CASE(what_one_client_has_counts_as_one_address) {
  http::front front(settings, gateway);
  http::net::io_context io;
  const auto one = [&] { return std::make_shared<http::session>(front, http::socket(io)); };
  struct row {
    const char *open, *next;
    bool same;
  };
  for (const auto& [open, next, same] :
       std::initializer_list<row>{{"192.0.2.1", "192.0.2.1", true},
                                  {"192.0.2.1", "192.0.2.2", false},
                                  {"192.0.2.1", "::ffff:192.0.2.1", true},
                                  {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
                                  {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
                                  {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
                                  {"::1", "::1", true},
                                  {"127.0.0.1", "::1", false},
                                  {"fe80::1%lo", "fe80::2%lo", true}}) {
    http::connections all(10, 1);
    const auto kept = one();
    all.add(kept, open);
    BOOST_TEST((all.refuses(next) == http::crowd::address) == same, open << " and " << next);
    all.remove(kept.get());
    BOOST_TEST(!all.refuses(next));
  }
}

BOOST_AUTO_TEST_CASE(the_local_socket_has_places_of_its_own) {
  http::front front(settings, gateway);
  http::net::io_context io;
  constexpr int max = 20, apart = http::connections::places_for_local;
  http::connections all(max, 1'000);
  const std::string tcp = "192.0.2.1", local = http::connections::local_address(1'000);
  const auto add = [&](const std::string& address, int count) {
    for (int i = 0; i < count; ++i) {
      BOOST_REQUIRE(!all.refuses(address));
      all.add(std::make_shared<http::session>(front, http::socket(io)), address);
    }
  };
  const auto expect_full = [&] {
    BOOST_TEST((all.refuses(tcp) == http::crowd::all));
    BOOST_TEST((all.refuses(local) == http::crowd::all));
  };
  add(tcp, max);
  BOOST_TEST((all.refuses(tcp) == http::crowd::all));
  add(local, apart);
  expect_full();
  // They take nothing from the others.
  all.clear();
  add(local, apart);
  add(tcp, max);
  expect_full();
  // More of them count like others.
  all.clear();
  add(local, apart + 5);
  add(tcp, max - 5);
  expect_full();
  all.clear();
}

BOOST_AUTO_TEST_CASE(each_user_of_the_local_socket_has_connections_of_its_own) {
  http::front front(settings, gateway);
  http::net::io_context io;
  http::connections all(20, 2);
  const auto ann = http::connections::local_address(1'000);
  const auto bob = http::connections::local_address(1'001);
  std::vector<std::shared_ptr<http::session>> of_ann;
  for (int i = 0; i < 2; ++i)
    all.add(of_ann.emplace_back(std::make_shared<http::session>(front, http::socket(io))), ann);
  BOOST_TEST((all.refuses(ann) == http::crowd::address));
  BOOST_TEST(!all.refuses(bob));
  all.remove(of_ann[0].get());
  BOOST_TEST(!all.refuses(ann));
  all.clear();
}

BOOST_AUTO_TEST_SUITE_END()
