#include "actors/rules/api_keys.hpp"

#include "base/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>

using namespace postrider;
using namespace postrider::actors;
using namespace std::chrono_literals;
using persistence::api_key;
using persistence::scope;

namespace {

const time_point now{std::chrono::seconds(1'700'000'000)};
const request_rate::clock::time_point steady{std::chrono::hours(1)};

new_key wanted(std::string name = "shop") {
  return {.name = std::move(name), .scopes = {scope::send}};
}
created_key made(new_key what) {
  return make_api_key(std::move(what), now, random_key_bytes()).value();
}

/// A ring of these keys, numbered from 1.
std::shared_ptr<key_ring> ring_of(std::vector<api_key> keys, const key_ring* before = nullptr) {
  persistence::api_key_id id = 0;
  for (auto& key : keys)
    key.id = ++id;
  return std::make_shared<key_ring>(std::move(keys), before);
}
bool lets_in(const std::shared_ptr<key_ring>& ring, std::string_view key, time_point when = now) {
  return admit(ring, key, when, steady).client != nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(api_keys)

BOOST_AUTO_TEST_CASE(a_digest_is_that_of_the_standard) {
  // FIPS 180-2, B.1: SHA-256 of "abc".
  const auto digest = sha256("abc");
  const persistence::hash expected{0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                   0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                   0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  BOOST_TEST((digest == expected));
}

BOOST_AUTO_TEST_CASE(a_key_is_256_random_bits_of_which_only_the_hash_is_kept) {
  std::set<std::string> secrets;
  for (int i = 0; i < 100; ++i) {
    const auto one = made(wanted());
    BOOST_TEST(one.secret.starts_with("pr_"));
    BOOST_TEST(one.secret.size() == 3 + 43);
    BOOST_TEST(one.secret.find_first_of("+/=") == std::string::npos);
    BOOST_TEST((one.key.hash == sha256(one.secret)));
    BOOST_TEST(one.key.prefix == one.secret.substr(0, 11));
    secrets.insert(one.secret);
  }
  BOOST_TEST(secrets.size() == 100);
  auto test = wanted();
  test.test = true;
  const auto marked = made(test);
  BOOST_TEST(marked.secret.starts_with("pr_test_"));
  BOOST_TEST(marked.key.prefix == marked.secret.substr(0, 16));
  BOOST_TEST(marked.key.test);
}

BOOST_AUTO_TEST_CASE(a_session_lets_in_as_its_key_until_it_ends) {
  auto key = made(wanted("page")).key;
  key.id = 1;
  const auto session = make_session(1, now, random_key_bytes());
  BOOST_TEST(session.token.size() == 43u);
  BOOST_TEST((session.session.token == sha256(session.token)));
  const auto ring =
      std::make_shared<key_ring>(std::vector{key}, nullptr, std::vector{session.session});
  const auto enters = [&](time_point when, const std::shared_ptr<key_ring>& at) {
    const auto admitted = admit_session(at, session.token, when, steady);
    return admitted.client && admitted.client->name == "page";
  };
  BOOST_TEST(enters(now, ring));
  BOOST_TEST(!admit_session(ring, "other", now, steady).client);
  BOOST_TEST(!admit_session(ring, "", now, steady).client);
  // Each use keeps it, for two hours.
  auto when = now;
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(enters(when += 119min, ring));
  BOOST_TEST(!enters(when + 120min, ring));
  // The use is known to the ring that follows.
  const auto next =
      std::make_shared<key_ring>(std::vector{key}, ring.get(), std::vector{session.session});
  BOOST_TEST(enters(when + 119min, next));
  // Twelve hours are the end, however much it is used.
  BOOST_TEST(enters(now + 12h - 1us, next));
  BOOST_TEST(!enters(now + 12h, next));
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_its_key) {
  auto key = made(wanted("page")).key;
  key.id = 1;
  const auto session = make_session(1, now, random_key_bytes());
  const auto enters = [&](const api_key& with) {
    const auto ring =
        std::make_shared<key_ring>(std::vector{with}, nullptr, std::vector{session.session});
    return admit_session(ring, session.token, now, steady).client != nullptr;
  };
  BOOST_TEST(enters(key));
  auto revoked = key, expired = key, another = key;
  revoked.revoked_at = now;
  expired.expires_at = now;
  another.id = 2;
  BOOST_TEST(!enters(revoked));
  BOOST_TEST(!enters(expired));
  BOOST_TEST(!enters(another));
}

BOOST_AUTO_TEST_CASE(what_a_key_cannot_be_is_told_all_at_once) {
  new_key wrong;
  wrong.users = {0};
  wrong.rate_per_minute = -1;
  wrong.expires_at = now;
  const auto refused = make_api_key(wrong, now, random_key_bytes());
  BOOST_REQUIRE(!refused);
  std::set<std::string> pointers;
  for (const auto& each : refused.error().problems)
    pointers.insert(each.pointer);
  const std::set<std::string> expected{"/name", "/scopes", "/users", "/rate_per_minute",
                                       "/expires_at"};
  BOOST_TEST((pointers == expected));
  auto admin = wanted();
  admin.users = {7};
  BOOST_TEST(make_api_key(admin, now, random_key_bytes()).has_value());
  admin.scopes.add(scope::admin);
  BOOST_TEST(!make_api_key(admin, now, random_key_bytes()));
  BOOST_TEST(!make_api_key(wanted("a\nb"), now, random_key_bytes()));
  BOOST_TEST(!make_api_key(wanted(std::string(65, 'x')), now, random_key_bytes()));
}

BOOST_AUTO_TEST_CASE(sources_belong_to_the_scope_ingest) {
  auto key = wanted("alertmanager");
  key.scopes = {scope::ingest};
  key.sources = {"b", "a", "b"};
  BOOST_TEST((made(key).key.sources == std::vector<std::string>{"a", "b"}));
  const auto problems_of = [](const new_key& wrong) {
    std::set<std::string> codes;
    for (const auto& each : value_problems(wrong, now))
      codes.insert(each.code);
    return codes;
  };
  auto wrong = key;
  wrong.scopes = {scope::send};
  BOOST_TEST((problems_of(wrong) == std::set<std::string>{"without_ingest"}));
  wrong = key;
  wrong.scopes.add(scope::admin);
  BOOST_TEST((problems_of(wrong) == std::set<std::string>{"not_with_admin"}));
  wrong = key;
  wrong.users = {7};
  BOOST_TEST((problems_of(wrong) == std::set<std::string>{"not_with_ingest"}));
  wrong = key;
  wrong.sources.assign(101, "a");
  BOOST_TEST((problems_of(wrong) == std::set<std::string>{"too_many"}));
  wrong.sources = {""};
  BOOST_TEST((problems_of(wrong) == std::set<std::string>{"bad_name"}));
}

BOOST_AUTO_TEST_CASE(only_the_whole_key_lets_in) {
  const auto one = made(wanted("one")), other = made(wanted("other"));
  const auto ring = ring_of({one.key, other.key});
  BOOST_TEST(admit(ring, one.secret, now, steady).client->name == "one");
  BOOST_TEST(admit(ring, other.secret, now, steady).client->name == "other");
  auto last = one.secret;
  last.back() = last.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {std::string(), std::string("pr_"), one.key.prefix, last, one.secret + "A",
        one.secret.substr(0, one.secret.size() - 1), " " + one.secret,
        one.key.prefix + other.secret.substr(11), std::string("pr_test_") + one.secret.substr(3)})
    BOOST_TEST(!lets_in(ring, wrong), wrong);
}

BOOST_AUTO_TEST_CASE(keys_that_share_their_first_characters_are_told_apart) {
  auto one = made(wanted("one")), other = made(wanted("other"));
  other.secret = one.key.prefix + other.secret.substr(11);
  other.key.prefix = one.key.prefix;
  other.key.hash = sha256(other.secret);
  const auto ring = ring_of({one.key, other.key});
  BOOST_TEST(admit(ring, one.secret, now, steady).client->name == "one");
  BOOST_TEST(admit(ring, other.secret, now, steady).client->name == "other");
}

BOOST_AUTO_TEST_CASE(an_expired_or_revoked_key_is_none) {
  auto expires = made(wanted("expires")), revoked = made(wanted("revoked"));
  expires.key.expires_at = now + 1s;
  revoked.key.revoked_at = now - 1s;
  const auto ring = ring_of({expires.key, revoked.key});
  BOOST_TEST(lets_in(ring, expires.secret));
  BOOST_TEST(!lets_in(ring, expires.secret, now + 1s));
  BOOST_TEST(!lets_in(ring, revoked.secret));
  BOOST_TEST(has_usable_key(*ring, now));
  BOOST_TEST(!has_usable_key(*ring, now + 1s));
  BOOST_TEST(!has_usable_key(*ring_of({}), now));
}

BOOST_AUTO_TEST_CASE(use_and_rate_go_on_when_the_keys_are_read_again) {
  auto one = made(wanted());
  one.key.rate_per_minute = 2;
  const auto before = ring_of({one.key});
  BOOST_TEST(admit(before, one.secret, now, steady).rate->remaining == 1);
  const auto after = ring_of({one.key}, before.get());
  BOOST_TEST(admit(after, one.secret, now + 1s, steady).rate->remaining == 0);
  BOOST_TEST(!admit(after, one.secret, now + 2s, steady).rate->allowed);
  BOOST_TEST(after->all()[0].usage->last_used_us.load() == (now + 2s).time_since_epoch().count());
}

BOOST_AUTO_TEST_CASE(a_limited_key_acts_for_its_users) {
  auto some = wanted();
  some.users = {9, 3, 3};
  const auto key = made(some).key;
  BOOST_TEST((key.users == std::vector<user_id>{3, 9}));
  BOOST_TEST(acts_for(key, 3));
  BOOST_TEST(!acts_for(key, 4));
  BOOST_TEST(acts_for(made(wanted()).key, 4));
}

BOOST_AUTO_TEST_CASE(a_minutes_worth_at_once_and_then_one_by_one) {
  for (const std::int32_t limit : {1, 7, 60, 1'000}) {
    request_rate rate;
    for (std::int32_t i = 0; i < limit; ++i) {
      const auto taken = rate.take(limit, steady);
      BOOST_TEST(taken.allowed);
      BOOST_TEST(taken.remaining == limit - i - 1);
    }
    const auto refused = rate.take(limit, steady);
    BOOST_TEST(!refused.allowed);
    const auto each = std::chrono::ceil<std::chrono::seconds>(60s / double(limit));
    BOOST_TEST(refused.reset.count() == each.count());
    BOOST_TEST(rate.take(limit, steady + refused.reset).allowed);
    BOOST_TEST(rate.take(limit, steady + 5min).remaining == limit - 1);
  }
}

BOOST_AUTO_TEST_CASE(threads_together_get_no_more_than_the_limit) {
  request_rate rate;
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        allowed += rate.take(1'000, steady).allowed;
    });
  for (auto& each : threads)
    each.join();
  BOOST_TEST(allowed.load() == 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
