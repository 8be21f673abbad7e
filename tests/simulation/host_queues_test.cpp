#include "actors/delivery/host_queues.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr steady_point start{1h};
constexpr persistence::time_point wall{1h};

/// Eight calls at a time: a host that is not known yet has two of them.
struct hosts_fixture {
  persistence::delivery delivery(persistence::transaction_id id) const {
    persistence::delivery made;
    made.transaction.id = id;
    made.transaction.priority = persistence::priority::normal;
    return made;
  }
  void begin_two(const std::string& host) {
    for (int i = 0; i < 2; ++i) {
      BOOST_REQUIRE(hosts.may_start(host));
      hosts.on_start(host, start);
    }
    BOOST_REQUIRE(!hosts.may_start(host));
  }
  host_queues hosts{8};
  delivery_queue queue;
};

BOOST_FIXTURE_TEST_SUITE(queues_of_hosts, hosts_fixture)

BOOST_AUTO_TEST_CASE(deliveries_wait_apart_until_their_host_has_a_call_free) {
  begin_two("slow");
  for (const auto id : {1, 2, 3})
    hosts.park("slow", delivery(id), 100, wall, start);
  BOOST_TEST(hosts.size() == 3u);
  BOOST_TEST(hosts.size_of(1) == 3u);
  queue.push(delivery(9));
  hosts.on_end("slow", true, start, queue);
  // It goes before all that came later.
  BOOST_TEST(queue.pop().transaction.id == 1);
  BOOST_TEST(queue.pop().transaction.id == 9);
  BOOST_TEST(hosts.size() == 2u);
  hosts.on_withdrawn("slow", queue);
  BOOST_TEST(queue.size() > 0u);
}

BOOST_AUTO_TEST_CASE(deliveries_of_other_hosts_are_not_touched) {
  begin_two("slow");
  hosts.park("slow", delivery(1), 100, wall, start);
  BOOST_TEST(hosts.may_start("quick"));
  hosts.on_start("quick", start);
  hosts.on_end("quick", true, start, queue);
  BOOST_TEST(queue.empty());
  hosts.unpark_all(queue);
  BOOST_TEST(queue.size() == 1u);
  BOOST_TEST(hosts.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_host_that_hangs_keeps_a_quarter_of_the_room) {
  begin_two("hangs");
  const auto later = start + 2s;
  for (int id = 1; id <= 12; ++id)
    hosts.park("hangs", delivery(id), 40, wall, later);
  BOOST_TEST(hosts.size() == 10u);
  const auto rows = hosts.take_put_off();
  BOOST_REQUIRE(rows.size() == 2u);
  BOOST_TEST(rows[0].id == 11);
  BOOST_TEST((rows[0].due_at == wall + host_queues::shortest_put_off));
  BOOST_TEST((rows[1].due_at > rows[0].due_at));
  BOOST_TEST(hosts.take_put_off().empty());
}

BOOST_AUTO_TEST_CASE(room_is_made_when_more_than_half_waits_for_hosts) {
  begin_two("hangs");
  // While the host is not known to hang it may have all.
  for (int id = 1; id <= 30; ++id)
    hosts.park("hangs", delivery(id), 40, wall, start);
  BOOST_TEST(hosts.size() == 30u);
  const auto again = hosts.make_room(40, wall, start + 2s);
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((*again > start + 2s));
  BOOST_TEST(hosts.size() == 10u);
  BOOST_TEST(hosts.take_put_off().size() == 20u);
  BOOST_TEST(!hosts.make_room(40, wall, start + 3s).has_value());
  BOOST_TEST(hosts.report().at("that_hang").to_number<int>() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
