#include "tests/persistence/event_fixture.hpp"

namespace postrider::test {
namespace {

struct endpoints_fixture : event_fixture {
  static endpoint made(std::string url = "https://example.org/hook") {
    endpoint e;
    e.url = std::move(url);
    e.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    return e;
  }
  endpoint_id created(const endpoint& what = made()) {
    const auto result = apply({create_endpoint{what}}).at(0);
    BOOST_REQUIRE(result.status == transition_status::applied);
    return result.ids.at(0);
  }
  endpoint get(endpoint_id id) { return queries->find_endpoint(id).value().value(); }
  endpoint claimed() {
    const auto id = created();
    BOOST_TEST(status_of(claim_endpoint{id, 0}) == transition_status::applied);
    return get(id);
  }
  static note_progress progress(const endpoint& of) {
    note_progress p;
    p.id = of.id;
    p.turn = of.turn;
    return p;
  }
  static endpoint_delivery delivery(std::int64_t position, std::uint8_t message = 1) {
    endpoint_delivery d;
    d.place = {{4, position}, 2};
    d.type = event_type::message_failed;
    d.message.bytes.fill(message);
    d.attempts = 1;
    d.last_error = "HTTP 500";
    return d;
  }
  std::vector<endpoint_delivery> deliveries(endpoint_id of,
                                            std::optional<delivery_state> state = {}) {
    return queries->list_deliveries({of, state}).value();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(endpoints, endpoints_fixture)

BOOST_AUTO_TEST_CASE(an_endpoint_is_found_as_it_was_made) {
  auto what = made();
  what.description = "the shop's \u00fcbersicht";
  what.types = bit_of(event_type::message_failed) | bit_of(event_type::endpoint_disabled);
  what.users = {3, 9'000'000'000};
  what.allow_private = true;
  what.place.sessions = 5;
  what.place.positions[3] = 70'000;
  what.since = now - minutes(5);
  const auto id = created(what);
  const auto all = queries->endpoints(-1).value().all.value();
  BOOST_REQUIRE_EQUAL(all.size(), 1u);
  const auto& found = all[0];
  BOOST_TEST(found.id == id);
  BOOST_TEST(found.url == what.url);
  BOOST_TEST(found.description == what.description);
  BOOST_TEST(found.types == what.types);
  BOOST_TEST((found.users == what.users));
  BOOST_TEST(found.allow_private);
  BOOST_TEST(found.secret == what.secret);
  BOOST_TEST(found.old_secret.empty());
  BOOST_TEST((found.created_at == now));
  BOOST_TEST(found.enabled);
  BOOST_TEST(found.owner == 0);
  BOOST_TEST((found.place == what.place));
  BOOST_TEST((found.since == what.since));
  BOOST_TEST((found.health == endpoint_health()));
  BOOST_TEST(!queries->find_endpoint(id + 1).value());
}

BOOST_AUTO_TEST_CASE(a_change_is_known_by_its_version) {
  const auto version = [&] { return queries->endpoints(-1).value().version; };
  auto before = version();
  const auto id = created();
  BOOST_TEST(version() > before);
  BOOST_TEST(!queries->endpoints(version()).value().all);
  before = version();
  apply({claim_endpoint{id, 0}});
  BOOST_TEST(version() > before);
  before = version();
  auto p = progress(get(id));
  apply({p});
  BOOST_TEST(version() == before, "what an owner does is no change");
  apply({delete_endpoint{id}});
  BOOST_TEST(version() > before);
  BOOST_TEST(queries->endpoints(-1).value().all.value().empty());
  BOOST_TEST(status_of(delete_endpoint{id}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(only_the_owner_of_the_turn_notes_what_it_did) {
  const auto mine = claimed();
  BOOST_TEST(mine.owner == node);
  BOOST_TEST(status_of(claim_endpoint{mine.id, 0}) == transition_status::conflict);
  auto p = progress(mine);
  p.place.sessions = 9;
  p.health.last_success_at = now;
  p.health.failing_since = now - seconds(3);
  p.health.paused_until = now + seconds(30);
  p.health.pauses = 2;
  p.health.last_error = "HTTP 500";
  p.recent = {{{{1, 2}, 3}, event_type::message_sent, now, milliseconds(12), ""},
              {{{1, 2}, 4}, event_type::message_failed, now, milliseconds(15'000), "timeout"}};
  BOOST_TEST(status_of(p) == transition_status::applied);
  // The same once more, as after a lost answer.
  BOOST_TEST(status_of(p) == transition_status::applied);
  auto found = get(mine.id);
  BOOST_TEST(found.place.sessions == 9);
  BOOST_TEST((found.health == p.health));
  BOOST_TEST((found.recent == p.recent));

  const auto other = new_node();
  BOOST_TEST(apply_as(other, {p}).at(0).status == transition_status::conflict);
  BOOST_TEST(apply_as(other, {claim_endpoint{mine.id, mine.turn}}).at(0).status ==
             transition_status::applied);
  p.place.sessions = 12;
  BOOST_TEST(status_of(p) == transition_status::conflict);
  p.turn = get(mine.id).turn;
  BOOST_TEST(status_of(p) == transition_status::conflict, "not the owner");
  BOOST_TEST(get(mine.id).place.sessions == 9);
}

BOOST_AUTO_TEST_CASE(a_change_ends_the_turn) {
  const auto mine = claimed();
  change_endpoint change;
  change.id = mine.id;
  change.url = "https://example.org/other";
  change.place = event_cursor();
  change.since = now - minutes(1);
  BOOST_TEST(status_of(change) == transition_status::applied);
  BOOST_TEST(status_of(progress(mine)) == transition_status::conflict);
  const auto found = get(mine.id);
  BOOST_TEST(found.url == "https://example.org/other");
  BOOST_TEST(found.secret == mine.secret);
  BOOST_TEST((found.since == now - minutes(1)));
  BOOST_TEST(found.owner == 0);
  change.id = mine.id + 1;
  BOOST_TEST(status_of(change) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(a_new_secret_leaves_the_old_one_for_a_time) {
  const auto mine = claimed();
  change_endpoint change;
  change.id = mine.id;
  change.secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  change.old_until = now + minutes(60);
  apply({change});
  const auto found = get(mine.id);
  BOOST_TEST(found.secret == *change.secret);
  BOOST_TEST(found.old_secret == mine.secret);
  BOOST_TEST((found.old_secret_until == now + minutes(60)));
}

BOOST_AUTO_TEST_CASE(deliveries_wait_change_and_end) {
  const auto mine = claimed();
  auto p = progress(mine);
  p.waiting = {delivery(1), delivery(2)};
  p.waiting[0].due_at = now + seconds(5);
  const auto ids = apply({p}).at(0).ids;
  BOOST_REQUIRE_EQUAL(ids.size(), 2u);
  BOOST_TEST((apply({p}).at(0).ids == ids), "an event has one delivery");
  auto waiting = deliveries(mine.id, delivery_state::waiting);
  BOOST_REQUIRE_EQUAL(waiting.size(), 2u);
  const auto& first = waiting[1];
  BOOST_TEST(first.id == ids[0]);
  BOOST_TEST((first.place == p.waiting[0].place));
  BOOST_TEST((first.type == event_type::message_failed));
  BOOST_TEST((first.message == p.waiting[0].message));
  BOOST_TEST(first.attempts == 1);
  BOOST_TEST((first.due_at == now + seconds(5)));
  BOOST_TEST(first.last_error == "HTTP 500");
  auto ended = progress(mine);
  ended.changed = waiting;
  ended.changed[0].state = delivery_state::delivered;
  ended.changed[1].state = delivery_state::undelivered;
  ended.changed[1].attempts = 8;
  apply({ended});
  BOOST_TEST(deliveries(mine.id, delivery_state::waiting).empty());
  BOOST_TEST(deliveries(mine.id).size() == 2u);
  const auto undelivered = deliveries(mine.id, delivery_state::undelivered);
  BOOST_REQUIRE_EQUAL(undelivered.size(), 1u);
  BOOST_TEST(undelivered[0].attempts == 8);

  BOOST_TEST(apply({replay_deliveries{mine.id, ids[1]}}).at(0).count == 0, "it was delivered");
  BOOST_TEST(apply({replay_deliveries{mine.id}}).at(0).count == 1);
  BOOST_TEST(status_of(progress(mine)) == transition_status::conflict, "another turn");
  waiting = deliveries(mine.id, delivery_state::waiting);
  BOOST_REQUIRE_EQUAL(waiting.size(), 1u);
  BOOST_TEST(waiting[0].attempts == 0);
  BOOST_TEST((waiting[0].due_at == now));
  BOOST_TEST(status_of(replay_deliveries{mine.id + 1}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(deliveries_are_listed_by_pages) {
  const auto mine = claimed();
  auto p = progress(mine);
  for (int i = 0; i < 7; ++i) {
    p.waiting.push_back(delivery(i));
    p.waiting.back().state = i % 2 ? delivery_state::waiting : delivery_state::undelivered;
  }
  const auto ids = apply({p}).at(0).ids;
  std::vector<std::int64_t> listed;
  delivery_query query{mine.id};
  query.limit = 3;
  for (;;) {
    const auto page = queries->list_deliveries(query).value();
    if (page.empty()) break;
    for (const auto& d : page)
      listed.push_back(d.id);
    query.before = listed.back();
  }
  BOOST_TEST((listed == std::vector<std::int64_t>(ids.rbegin(), ids.rend())));
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_disabled_says_so_in_the_feed) {
  const auto mine = claimed();
  auto p = progress(mine);
  p.disable = "it answered 410 Gone";
  BOOST_TEST(status_of(p) == transition_status::applied);
  const auto found = get(mine.id);
  BOOST_TEST(!found.enabled);
  BOOST_TEST(found.disabled_reason == "it answered 410 Gone");
  BOOST_TEST(status_of(progress(mine)) == transition_status::conflict);
  const auto events = read_all();
  BOOST_REQUIRE_EQUAL(events.size(), 1u);
  BOOST_TEST((events[0].event.type == event_type::endpoint_disabled));
  BOOST_TEST(events[0].event.transaction == mine.id);
  BOOST_TEST(events[0].event.recipient == mine.url);
  BOOST_TEST(events[0].event.detail == "it answered 410 Gone");
  change_endpoint change;
  change.id = mine.id;
  change.enabled = true;
  apply({change});
  BOOST_TEST(get(mine.id).enabled);
  BOOST_TEST(get(mine.id).disabled_reason.empty());
}

BOOST_AUTO_TEST_CASE(events_are_found_by_their_places) {
  pending();
  apply({accept(3)});
  const auto all = read_all();
  BOOST_REQUIRE_EQUAL(all.size(), 4u);
  auto unknown = all[0].place;
  unknown.row.position += 1;
  const auto found = queries->find_events({all[2].place, unknown, all[0].place}).value();
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST((found[0].event == all[0].event));
  BOOST_TEST((found[1].event == all[2].event));
  BOOST_TEST(static_cast<bool>(found[1].subject));
}

BOOST_AUTO_TEST_CASE(retention_takes_old_deliveries) {
  const auto mine = claimed();
  auto p = progress(mine);
  p.waiting = {delivery(1), delivery(2)};
  apply({p});
  now += minutes(10);
  p.waiting = {delivery(3)};
  apply({p});
  prune step{prune::kind::events, now - minutes(1), 100};
  apply({step});
  BOOST_TEST(deliveries(mine.id).size() == 1u);
}

BOOST_AUTO_TEST_CASE(values_that_do_not_fit_are_refused) {
  auto wide = made(std::string(max_endpoint_url_bytes + 1, 'x'));
  BOOST_TEST(status_of(create_endpoint{wide}) == transition_status::refused);
  change_endpoint change;
  change.id = created();
  change.description = std::string(max_endpoint_description_bytes + 1, 'x');
  BOOST_TEST(status_of(change) == transition_status::refused);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
