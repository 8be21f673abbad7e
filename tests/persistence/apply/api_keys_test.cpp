#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

struct api_keys_fixture : ledger_fixture {
  static api_key key(std::string name, std::uint8_t first = 1) {
    api_key made;
    made.name = std::move(name);
    made.prefix = "pr_abcdefgh";
    made.hash.front() = first;
    made.scopes = {scope::send, scope::read};
    return made;
  }
  api_key_id created(const api_key& what) {
    const auto result = apply({create_api_key{what}}).at(0);
    BOOST_REQUIRE(result.status == transition_status::applied);
    return result.ids.at(0);
  }
  std::vector<api_key> all() { return queries->api_keys(-1).value().keys.value(); }
  std::int64_t version() { return queries->api_keys(-1).value().version; }
};

BOOST_FIXTURE_TEST_SUITE(api_keys, api_keys_fixture)

BOOST_AUTO_TEST_CASE(a_key_is_found_as_it_was_made_but_for_itself) {
  BOOST_TEST(all().empty());
  auto made = key("billing", 7);
  made.users = {3, 5, 9'000'000'000};
  made.sources = {"alerts"};
  made.test = true;
  made.rate_per_minute = 600;
  made.expires_at = now + minutes(5);
  const auto id = created(made);
  const auto found = all();
  BOOST_REQUIRE_EQUAL(found.size(), 1);
  BOOST_TEST(found[0].id == id);
  BOOST_TEST(found[0].name == "billing");
  BOOST_TEST(found[0].prefix == "pr_abcdefgh");
  BOOST_TEST((found[0].hash == made.hash));
  BOOST_TEST((found[0].scopes == made.scopes));
  BOOST_TEST((found[0].users == made.users));
  BOOST_TEST((found[0].sources == made.sources));
  BOOST_TEST(found[0].test);
  BOOST_TEST(found[0].rate_per_minute == 600);
  BOOST_TEST((found[0].created_at == now));
  BOOST_TEST((found[0].expires_at == now + minutes(5)));
  BOOST_TEST(!found[0].last_used_at);
  BOOST_TEST(!found[0].revoked_at);
  auto plain = key("plain", 8);
  plain.scopes = {scope::admin};
  created(plain);
  BOOST_TEST((all().at(1).scopes == scope_set{scope::admin}));
  BOOST_TEST(all().at(1).users.empty());
  BOOST_TEST(all().at(1).sources.empty());
  BOOST_TEST(!all().at(1).expires_at);
}

BOOST_AUTO_TEST_CASE(a_name_is_given_once) {
  const auto id = created(key("billing", 1));
  const auto results = apply({create_api_key{key("billing", 2)}, create_api_key{key("other", 3)},
                              create_api_key{key("other", 4)}});
  BOOST_TEST(results[0].status == transition_status::conflict);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(results[2].status == transition_status::conflict);
  apply({revoke_api_key{id}});
  BOOST_TEST(status_of(create_api_key{key("billing", 5)}) == transition_status::conflict);
  BOOST_TEST(all().size() == 2);
}

BOOST_AUTO_TEST_CASE(a_key_is_revoked_once_and_stays_in_the_list) {
  const auto id = created(key("billing"));
  now += seconds(1);
  BOOST_TEST(status_of(revoke_api_key{id}) == transition_status::applied);
  BOOST_TEST((all().at(0).revoked_at == now));
  BOOST_TEST(status_of(revoke_api_key{id}) == transition_status::conflict);
  BOOST_TEST(status_of(revoke_api_key{id + 1}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(keys_that_have_ended_make_room_for_others) {
  const auto id = created(key("first", 1));
  const auto fill = [&](std::int64_t from, std::int64_t to) {
    constexpr std::int64_t at_once = 200;
    for (auto number = from; number < to; number += at_once) {
      std::vector<transition> keys;
      for (auto i = number; i < std::min(number + at_once, to); ++i) {
        auto made = key("key " + std::to_string(i));
        for (std::size_t byte = 0; byte < 8; ++byte)
          made.hash[byte] = static_cast<std::uint8_t>((i + 1'000) >> (8 * byte) & 0xff);
        keys.push_back(create_api_key{made});
      }
      for (const auto& result : apply(std::move(keys)))
        BOOST_REQUIRE(result.status == transition_status::applied);
    }
  };
  fill(1, max_api_keys);
  auto more = key("one more", 2), short_lived = key("short", 3);
  const auto refused = apply({create_api_key{more}}).at(0);
  BOOST_TEST(refused.status == transition_status::refused);
  BOOST_TEST(refused.reason.find("neither revoked nor have expired") != std::string::npos);
  apply({revoke_api_key{id}});
  short_lived.expires_at = now + minutes(1);
  created(short_lived);
  BOOST_TEST(status_of(create_api_key{more}) == transition_status::refused);
  now += minutes(1);
  created(more);
}

BOOST_AUTO_TEST_CASE(what_changed_is_told_by_a_version) {
  const auto start = version();
  BOOST_TEST(!queries->api_keys(start).value().keys);
  const auto id = created(key("billing"));
  const auto with_key = version();
  BOOST_TEST(with_key > start);
  BOOST_TEST(queries->api_keys(start).value().keys.value().size() == 1);
  apply({note_key_use{{{id, now}}}});
  BOOST_TEST(version() == with_key);
  apply({revoke_api_key{id}});
  BOOST_TEST(version() > with_key);
  apply({revoke_api_key{id}});
  BOOST_TEST(version() == with_key + 1);
}

BOOST_AUTO_TEST_CASE(the_last_use_only_moves_forward) {
  const auto a = created(key("a", 1)), b = created(key("b", 2));
  apply({note_key_use{{{a, now}, {b, now + seconds(2)}, {b + 1, now}}}});
  apply({note_key_use{{{a, now + seconds(1)}, {b, now}}}});
  BOOST_TEST((all().at(0).last_used_at == now + seconds(1)));
  BOOST_TEST((all().at(1).last_used_at == now + seconds(2)));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  auto long_name = key(std::string(max_key_name_bytes + 1, 'x'));
  auto no_text = key("\xff");
  auto same_hash = key("same hash", 1);
  created(key("first", 1));
  for (const auto& wrong : {long_name, no_text, same_hash}) {
    const auto result = apply({create_api_key{wrong}, create_api_key{key("good", 9)}});
    BOOST_TEST(result.at(0).status == transition_status::refused);
    BOOST_TEST(!result.at(0).reason.empty());
  }
  BOOST_TEST(all().size() == 2);
}

BOOST_AUTO_TEST_CASE(scopes_are_written_as_words) {
  BOOST_TEST(to_string(scope_set{scope::admin, scope::send}) == "send admin");
  BOOST_TEST((parse_scopes("send,read") == scope_set{scope::send, scope::read}));
  BOOST_TEST((parse_scopes("admin") == scope_set{scope::admin}));
  BOOST_TEST(to_string(scope_set{scope::metrics, scope::read}) == "read metrics");
  BOOST_TEST((parse_scopes("metrics") == scope_set{scope::metrics}));
  BOOST_TEST(!parse_scopes("send write"));
  BOOST_TEST(!parse_scopes("send,,read"));
  BOOST_TEST((scope_set{scope::admin}.allows(scope::send)));
  BOOST_TEST((!scope_set{scope::send}.allows(scope::read)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
