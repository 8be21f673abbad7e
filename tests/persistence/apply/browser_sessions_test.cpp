#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

using std::chrono::hours;

struct browser_sessions_fixture : ledger_fixture {
  api_key_id made(std::string name) {
    api_key key;
    key.name = std::move(name);
    key.hash.front() = static_cast<std::uint8_t>(++keys_);
    key.scopes = {scope::read};
    return apply({create_api_key{key}}).at(0).ids.at(0);
  }
  begin_browser_session begin(api_key_id key, std::uint8_t token, hours life = hours(12)) const {
    browser_session session;
    session.token.front() = token;
    session.key = key;
    session.expires_at = now + life;
    return {session};
  }
  static end_browser_session end(std::uint8_t token) {
    end_browser_session ended;
    ended.token.front() = token;
    return ended;
  }
  std::vector<browser_session> sessions() { return queries->api_keys(-1).value().sessions; }
  std::int64_t version() { return queries->api_keys(-1).value().version; }

 private:
  int keys_ = 0;
};

BOOST_FIXTURE_TEST_SUITE(browser_sessions, browser_sessions_fixture)

BOOST_AUTO_TEST_CASE(a_session_is_found_until_it_ends) {
  const auto key = made("page");
  const auto before = version();
  BOOST_TEST(status_of(begin(key, 7)) == transition_status::applied);
  BOOST_TEST(version() > before);
  const auto found = sessions();
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST((found[0].token == begin(key, 7).session.token));
  BOOST_TEST(found[0].key == key);
  BOOST_TEST((found[0].created_at == now));
  BOOST_TEST((found[0].used_at == now));
  BOOST_TEST((found[0].expires_at == now + hours(12)));
  BOOST_TEST(status_of(end(8)) == transition_status::conflict);
  BOOST_TEST(status_of(end(7)) == transition_status::applied);
  BOOST_TEST(sessions().empty());
  BOOST_TEST(status_of(end(7)) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(the_sessions_of_a_key_end_with_it) {
  const auto page = made("page"), other = made("other");
  apply({begin(page, 1), begin(page, 2), begin(other, 3)});
  apply({revoke_api_key{page}});
  BOOST_REQUIRE_EQUAL(sessions().size(), 1u);
  BOOST_TEST(sessions().at(0).key == other);
  BOOST_TEST(status_of(begin(page, 4)) == transition_status::conflict);
  BOOST_TEST(status_of(begin(4711, 5)) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(what_has_expired_goes_when_a_session_begins) {
  const auto key = made("page");
  apply({begin(key, 1, hours(1)), begin(key, 2, hours(3))});
  now += hours(2);
  apply({begin(key, 3)});
  BOOST_TEST(sessions().size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_last_use_only_becomes_later) {
  const auto key = made("page");
  apply({begin(key, 1)});
  const auto token = begin(key, 1).session.token;
  apply({note_key_use{{}, {{token, now + minutes(20)}}}});
  apply({note_key_use{{}, {{token, now + minutes(10)}}}});
  BOOST_TEST((sessions().at(0).used_at == now + minutes(20)));
}

BOOST_AUTO_TEST_CASE(there_are_only_so_many_sessions) {
  const auto key = made("page");
  std::vector<transition> all;
  for (std::int64_t i = 0; i < max_browser_sessions; ++i) {
    auto one = begin(key, static_cast<std::uint8_t>(i % 256));
    one.session.token.back() = static_cast<std::uint8_t>(i / 256);
    all.emplace_back(one);
  }
  apply(all);
  auto one_more = begin(key, 1);
  one_more.session.token.back() = 0xff;
  const auto refused = apply({one_more}).at(0);
  BOOST_TEST(refused.status == transition_status::refused);
  BOOST_TEST(refused.reason.find("1000 sessions") != std::string::npos, refused.reason);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
