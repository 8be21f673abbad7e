#include "inbound/first_sign_in.hpp"
#include "inbound/wrong_keys.hpp"
#include "tests/http/keys_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;
using persistence::scope;

namespace {

namespace json = boost::json;

constexpr std::string_view own_page = "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n";
constexpr std::string_view cookie = "Cookie: postrider_session=good\r\n";

struct session_routes_fixture : test::keys_fixture {
  session_routes_fixture() {
    gateway.on_admit_session = [this](std::string_view token) -> actors::result<actors::admission> {
      ++asked_sessions;
      if (token != "good") return actors::admission{};
      return actors::admission{signed_in, {}};
    };
    gateway.on_begin_session = [this](persistence::api_key_id, auto done) {
      done("token-" + std::to_string(++begun));
    };
    gateway.on_end_session = [this](const std::string& token, auto done) {
      ended.push_back(token);
      done(true);
    };
    persistence::api_key key;
    key.name = "page";
    key.scopes = {scope::read, scope::admin};
    signed_in = std::make_shared<persistence::api_key>(key);
  }

  auto sign_in(std::string_view key, std::string_view fields = own_page) {
    return ask(test::post("/ui/session", R"({"key":")" + std::string(key) + "\"}", fields));
  }

  std::shared_ptr<const persistence::api_key> signed_in;
  int begun = 0, asked_sessions = 0;
  std::vector<std::string> ended;
};

std::string with(std::string_view a, std::string_view b) { return std::string(a) + std::string(b); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_routes, session_routes_fixture)

BOOST_AUTO_TEST_CASE(a_key_signs_in_and_gets_a_cookie_that_no_script_reads) {
  know("reader", {scope::read});
  const auto answer = sign_in("reader");
  BOOST_TEST(answer.status == 204, answer.body);
  BOOST_TEST(answer.body.empty());
  BOOST_TEST(answer.field("set-cookie") ==
             "postrider_session=token-1; Path=/; HttpOnly; SameSite=Strict");
  BOOST_TEST(answer.field("cache-control") == "no-store");
  BOOST_TEST(answer.field("content-length").empty());
}

BOOST_AUTO_TEST_CASE(the_cookie_is_secure_when_the_page_came_by_tls) {
  know("reader", {scope::read});
  const auto answer =
      sign_in("reader", "Origin: https://localhost\r\nSec-Fetch-Site: same-origin\r\n");
  BOOST_TEST(answer.field("set-cookie").ends_with("; Secure"));
}

/// Session fixation: a token that the browser brought along is never the one it is given.
BOOST_AUTO_TEST_CASE(each_sign_in_begins_a_new_session) {
  know("reader", {scope::read});
  const auto first = sign_in("reader", with(own_page, "Cookie: postrider_session=chosen\r\n"));
  const auto second = sign_in("reader", with(own_page, "Cookie: postrider_session=token-1\r\n"));
  BOOST_TEST(first.field("set-cookie").starts_with("postrider_session=token-1;"));
  BOOST_TEST(second.field("set-cookie").starts_with("postrider_session=token-2;"));
}

BOOST_AUTO_TEST_CASE(a_sign_in_is_in_the_audit_without_the_key) {
  know("reader", {scope::read});
  sign_in("reader");
  sign_in("wrong");
  const auto all = gateway.audited();
  BOOST_REQUIRE_EQUAL(all.size(), 1u);
  BOOST_TEST(all[0].who == "page:reader");
  BOOST_TEST(all[0].action == "POST /ui/session");
  BOOST_TEST(all[0].detail.empty());
}

/// The hundred-and-first answer waits: as those to a wrong key in Authorization.
BOOST_AUTO_TEST_CASE(wrong_keys_of_a_sign_in_are_held_back) {
  for (int i = 0; i < inbound::wrong_keys::at_once; ++i)
    sign_in("wrong");
  const auto begun_at = std::chrono::steady_clock::now();
  BOOST_TEST(sign_in("wrong").status == 401);
  BOOST_TEST((std::chrono::steady_clock::now() - begun_at > std::chrono::milliseconds(500)));
}

BOOST_AUTO_TEST_CASE(the_first_link_makes_a_key_and_signs_in_once) {
  using inbound::first_sign_in;
  std::vector<actors::new_key> made;
  bool away = true;
  gateway.on_create_key = [&](const actors::new_key& wanted, auto done) {
    if (std::exchange(away, false))
      return done(actors::service_error{actors::service_errc::unavailable, "away", {}, {}});
    made.push_back(wanted);
    actors::created_key created;
    created.key.id = 4;
    created.key.name = wanted.name;
    done(created);
  };
  const auto by_link = [&](std::string_view link) {
    return ask(test::post("/ui/session", R"({"link":")" + std::string(link) + "\"}", own_page));
  };
  BOOST_TEST(by_link("token").status == 401);
  auto& first = server->common().first_sign_in;
  first.open("token", first_sign_in::clock::now());
  BOOST_TEST(by_link("other").status == 401);
  // It was not used up by a sign-in that failed.
  BOOST_TEST(by_link("token").status == 503);
  const auto answer = by_link("token");
  BOOST_TEST(answer.status == 204, answer.body);
  BOOST_TEST(answer.field("set-cookie").starts_with("postrider_session=token-1;"));
  BOOST_TEST(by_link("token").status == 401);
  BOOST_REQUIRE_EQUAL(made.size(), 1u);
  BOOST_TEST(made[0].name == "first sign-in");
  BOOST_TEST((made[0].scopes == persistence::scope_set{scope::admin}));
  BOOST_TEST(made[0].expires_at.has_value());
  first.open("late", first_sign_in::clock::now() - first_sign_in::life);
  BOOST_TEST(by_link("late").status == 401);
  BOOST_TEST(gateway.audited().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sign_in_has_a_key_or_a_link) {
  for (const std::string_view body : {"{}", R"({"key":"a","link":"b"})", R"({"key":""})"})
    BOOST_TEST(ask(test::post("/ui/session", body, own_page)).status == 422, body);
}

BOOST_AUTO_TEST_CASE(a_wrong_key_or_one_that_may_not_read_does_not_sign_in) {
  know("sender", {scope::send});
  know("scraper", {scope::metrics});
  BOOST_TEST(sign_in("wrong").status == 401);
  for (const auto name : {"sender", "scraper"})
    BOOST_TEST(sign_in(name).status == 403, name);
  BOOST_TEST(begun == 0);
}

BOOST_AUTO_TEST_CASE(only_a_page_of_this_server_signs_in) {
  know("reader", {scope::read});
  for (const std::string_view from :
       {"", "Origin: http://evil.example\r\n", "Origin: null\r\n",
        "Origin: http://localhost:81\r\n", "Sec-Fetch-Site: cross-site\r\n",
        "Origin: http://localhost\r\nSec-Fetch-Site: cross-site\r\n"})
    BOOST_TEST(sign_in("reader", from).status == 403, from);
  BOOST_TEST(begun == 0);
}

BOOST_AUTO_TEST_CASE(the_session_shows_what_its_key_may_do) {
  const auto answer = ask(test::get("/ui/session", cookie));
  BOOST_TEST(answer.status == 200);
  const auto shown = json::parse(answer.body);
  BOOST_TEST(shown.at("name") == "page");
  BOOST_TEST(shown.at("scopes").as_array().size() == 5u);
  BOOST_TEST(shown.at("users").as_array().empty());
  BOOST_TEST(!shown.at("version").as_string().empty());
  BOOST_TEST(ask(test::get("/ui/session")).status == 401);
}

BOOST_AUTO_TEST_CASE(a_session_that_has_ended_is_refused) {
  for (const std::string_view bad : {"Cookie: postrider_session=ended\r\n",
                                     "Cookie: postrider_session=good; postrider_session=good\r\n",
                                     "Cookie: postrider_session=\r\n", "Cookie: other=good\r\n"})
    BOOST_TEST(ask(test::get("/v1/providers", bad)).status == 401, bad);
}

BOOST_AUTO_TEST_CASE(sign_out_ends_the_session_and_the_cookie) {
  const auto answer =
      ask("DELETE /ui/session HTTP/1.1\r\nHost: localhost\r\n" + with(own_page, cookie) + "\r\n");
  BOOST_TEST(answer.status == 204, answer.body);
  BOOST_TEST((ended == std::vector<std::string>{"good"}));
  BOOST_TEST(answer.field("set-cookie") ==
             "postrider_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

/// Cross-site request forgery: the browser adds the cookie whoever has it send the request.
BOOST_AUTO_TEST_CASE(a_cookie_changes_nothing_from_a_page_of_another_origin) {
  for (const auto& at : http::endpoints()) {
    if (!at.needs.scope || at.method == http::method::get) continue;
    if (*at.needs.scope == scope::ingest) continue;
    for (const std::string_view from :
         {"", "Origin: http://evil.example\r\n", "Origin: http://localhost.evil.example\r\n",
          "Origin: http://localhost:81\r\n", "Origin: null\r\n", "Sec-Fetch-Site: same-site\r\n",
          "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: none\r\n",
          "Origin: http://localhost\r\nSec-Fetch-Site: cross-site\r\n",
          "Origin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\n",
          "Origin: http://localhost\r\nOrigin: http://localhost\r\n"}) {
      const auto answer = ask(request_to(at, with(cookie, from)));
      BOOST_TEST(answer.status == 403, at.pattern << " " << from << " " << answer.body);
    }
  }
  BOOST_TEST(asked_sessions == 0);
}

BOOST_AUTO_TEST_CASE(a_cookie_counts_at_no_source_and_gives_no_more_than_its_key) {
  for (const auto& at : http::endpoints()) {
    if (!at.needs.scope) continue;
    persistence::api_key key;
    key.name = "nothing";
    key.scopes = {};
    signed_in = std::make_shared<persistence::api_key>(key);
    const auto answer = ask(request_to(at, with(cookie, own_page)));
    BOOST_TEST((answer.status == 403 || answer.status == 404 || answer.status == 401),
               at.pattern << ": " << answer.status);
    BOOST_TEST((*at.needs.scope != scope::ingest || answer.status != 403), at.pattern);
  }
}

/// The page hides what a key may not do; the server refuses it, whichever way the key comes.
BOOST_AUTO_TEST_CASE(a_cookie_and_its_key_may_do_the_same_on_every_route) {
  answer_everything();
  know("send", {scope::send});
  know("read", {scope::read});
  know("metrics", {scope::metrics});
  know("admin", {scope::admin});
  int refused = 0, let_in = 0;
  for (const auto& at : http::endpoints()) {
    if (!at.needs.scope || *at.needs.scope == scope::ingest) continue;
    for (const auto& [name, admission] : known) {
      signed_in = admission.client;
      const auto by_cookie = ask(request_to(at, with(cookie, own_page)));
      const auto by_key = ask(request_to(at, bearer(name)));
      const bool may = admission.client->scopes.allows(*at.needs.scope);
      BOOST_TEST_CONTEXT(at.pattern << " with " << name << ": " << by_cookie.body) {
        BOOST_TEST(by_cookie.status == by_key.status);
        BOOST_TEST((by_cookie.code() == "insufficient_scope") == !may);
        BOOST_TEST((by_cookie.status == 403) == !may);
      }
      ++(may ? let_in : refused);
    }
  }
  BOOST_TEST(refused > 20);
  BOOST_TEST(let_in > 20);
}

BOOST_AUTO_TEST_CASE(a_key_in_the_header_goes_before_the_cookie) {
  BOOST_TEST(ask(test::get("/ui/session", with(cookie, bearer("wrong")))).status == 401);
  BOOST_TEST(asked_sessions == 0);
}

BOOST_AUTO_TEST_SUITE_END()
