#include "http/audit.hpp"

#include "tests/http/keys_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace postrider;
using persistence::audit_entry;
using persistence::scope;

namespace {

struct audit_fixture : test::keys_fixture {
  audit_fixture() { know("boss", {scope::admin}); }

  std::string as_boss() const { return bearer("boss"); }
  audit_entry only_entry() const {
    const auto all = gateway.audited();
    BOOST_REQUIRE_EQUAL(all.size(), 1u);
    return all.front();
  }
};

std::string named(const http::endpoint& at) {
  return std::string(http::method_name(at.method)) + " " + std::string(at.pattern);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit, audit_fixture)

/// A new route that is no GET is audited, or somebody adds it here and says why not.
BOOST_AUTO_TEST_CASE(every_route_that_changes_something_is_audited) {
  const std::vector<std::string> no_entries{
      // History has the messages.
      "POST /send/message", "POST /v1/messages", "POST /v1/messages/bulk", "POST /in/{source}",
      "PUT /in/{source}", "POST /in/{source}/{path}", "PUT /in/{source}/{path}",
      // Providers report.
      "POST /receipts/{provider}/{token}",
      // A question.
      "POST /v1/routes/explain"};
  int audited = 0;
  for (const auto& at : http::endpoints()) {
    if (at.method == http::method::get) {
      BOOST_TEST(!http::is_audited(at), at.pattern);
      continue;
    }
    const bool excepted = std::ranges::find(no_entries, named(at)) != no_entries.end();
    BOOST_TEST(http::is_audited(at) != excepted, named(at));
    audited += http::is_audited(at);
    BOOST_TEST(named(at).size() <= persistence::max_audit_action_bytes, named(at));
  }
  BOOST_TEST(audited >= 12);
}

/// Each route for itself, as the server answers it: what it does fails, which is an entry too.
BOOST_AUTO_TEST_CASE(each_request_of_an_admin_that_is_no_get_makes_one_entry) {
  answer_everything();
  std::size_t before = 0;
  for (const auto& at : http::endpoints()) {
    if (at.needs.scope != scope::admin) continue;
    const auto answer = ask(request_to(at, as_boss()));
    const auto all = gateway.audited();
    BOOST_TEST_CONTEXT(named(at) << ": " << answer.status) {
      BOOST_REQUIRE_EQUAL(all.size(), before + (at.method == http::method::get ? 0 : 1));
      if (all.size() > before) {
        BOOST_TEST(all.back().action == named(at));
        BOOST_TEST(all.back().who == "key:boss");
        BOOST_TEST(all.back().result == answer.status);
      }
    }
    before = all.size();
  }
  BOOST_TEST(before >= 9u);
}

BOOST_AUTO_TEST_CASE(an_entry_says_who_what_and_from_where) {
  gateway.on_switch_provider = [](auto name, auto, auto done) {
    actors::provider_info info;
    info.name = name;
    done(info);
  };
  const auto answer = ask("PATCH /v1/providers/mail HTTP/1.1\r\nHost: localhost\r\n" + as_boss() +
                          "Content-Type: application/json\r\nContent-Length: 16\r\n\r\n"
                          "{\"active\":false}");
  BOOST_TEST(answer.status == 200, answer.body);
  const auto entry = only_entry();
  BOOST_TEST(entry.who == "key:boss");
  BOOST_TEST(entry.key == 1);
  BOOST_TEST(entry.action == "PATCH /v1/providers/{name}");
  BOOST_TEST(entry.target == "mail");
  BOOST_TEST(entry.detail == R"({"active":false})");
  BOOST_TEST(entry.client == "127.0.0.1");
  BOOST_TEST(entry.result == 200);
}

BOOST_AUTO_TEST_CASE(an_entry_has_no_address_and_nothing_that_was_refused) {
  gateway.on_try_provider = [](auto, auto, auto done) { done(actors::provider_trial{}); };
  ask(test::post("/v1/providers/mail/test", R"({"recipient":"+15551234567"})", as_boss()));
  gateway.on_put_user_providers = [](auto, auto list, auto done) { done(list); };
  ask("PUT /v1/users/7/providers HTTP/1.1\r\nHost: localhost\r\n" + as_boss() +
      "Content-Type: application/json\r\nContent-Length: 75\r\n\r\n"
      R"({"providers":[{"provider":"mail","priority":1,"address":"a@secret.example"}]})" +
      "");
  ask(test::post("/v1/keys", R"({"name":"pr_secret","scopes":["everything"]})", as_boss()));
  const auto all = gateway.audited();
  BOOST_TEST(all.size() >= 2u);
  for (const auto& entry : all)
    for (const std::string_view hidden : {"5551234567", "secret"})
      BOOST_TEST((entry.detail + entry.target).find(hidden) == std::string::npos,
                 entry.action << " " << entry.detail << " " << entry.target);
}

BOOST_AUTO_TEST_CASE(who_has_no_good_key_or_scope_makes_no_entry) {
  know("reader", {scope::read});
  for (const auto& at : http::endpoints()) {
    if (at.needs.scope != scope::admin) continue;
    for (const std::string& fields : {std::string(), bearer("wrong"), bearer("reader")})
      ask(request_to(at, fields));
  }
  BOOST_TEST(gateway.audited().empty());
}

BOOST_AUTO_TEST_CASE(a_cancelled_message_makes_an_entry_and_a_failed_cancellation_none) {
  know("sender", {scope::send});
  const auto path = "/v1/messages/" + persistence::to_string(test::some_message_id()) + "/cancel";
  const auto cancel =
      "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + bearer("sender") + "\r\n";
  gateway.on_cancel = [](const auto& request, auto done) {
    done(actors::no_such_message(request.message));
  };
  BOOST_TEST(ask(cancel).status == 404);
  BOOST_TEST(gateway.audited().empty());
  gateway.on_cancel = [](const auto&, auto done) { done(actors::cancel_report{}); };
  BOOST_TEST(ask(cancel).status == 200);
  BOOST_TEST(only_entry().target == persistence::to_string(test::some_message_id()));
}

BOOST_AUTO_TEST_CASE(a_change_is_answered_as_it_went_when_its_entry_cannot_be_written) {
  gateway.on_note_audit = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::unavailable, "away", {}, {}});
  };
  gateway.on_revoke_key = [](auto, auto done) { done(persistence::api_key{}); };
  gateway.on_inspect = [](auto, auto done) { done(boost::json::object()); };
  const auto answer = ask("DELETE /v1/keys/7 HTTP/1.1\r\nHost: localhost\r\n" + as_boss() + "\r\n");
  BOOST_TEST(answer.status == 200, answer.body);
  const auto figures =
      boost::json::parse(ask(test::get("/admin/inspect", as_boss())).body).at("http");
  BOOST_TEST(figures.at("audit_failures") == 1u);
  BOOST_TEST(figures.at("audit_entries") == 0u);
}

BOOST_AUTO_TEST_CASE(entries_are_listed) {
  gateway.on_list_audit = [](const persistence::audit_query& query, auto done) {
    BOOST_TEST(query.who == "key:boss");
    BOOST_TEST(query.action == "DELETE /v1/keys/{id}");
    BOOST_TEST(query.since.has_value());
    BOOST_TEST(query.limit == 2);
    BOOST_TEST(query.before == 9);
    audit_entry first{8,
                      persistence::time_point(std::chrono::seconds(1)),
                      "key:boss",
                      1,
                      "DELETE /v1/keys/{id}",
                      "7",
                      R"({"name":"x"})",
                      "127.0.0.1",
                      200};
    audit_entry second{7, {}, "local", 0, "DELETE /v1/keys/{id}", "", "", "", 404};
    done(persistence::audit_page{{first, second}, 7});
  };
  const auto answer =
      ask(test::get("/v1/audit?who=key:boss&action=DELETE%20/v1/keys/%7Bid%7D"
                    "&since=2026-11-23T05:06:07Z&limit=2&cursor=9",
                    as_boss()));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body ==
             R"({"data":[{"id":8,"at":"1970-01-01T00:00:01.000Z","who":"key:boss","key_id":1,)"
             R"("action":"DELETE /v1/keys/{id}","target":"7","detail":{"name":"x"},)"
             R"("client":"127.0.0.1","status":200},{"id":7,"at":"1970-01-01T00:00:00.000Z",)"
             R"("who":"local","key_id":null,"action":"DELETE /v1/keys/{id}","target":null,)"
             R"("detail":null,"client":null,"status":404}],"has_more":true,"next_cursor":"7"})");
  for (const std::string_view wrong : {"limit=0", "limit=201", "since=now", "cursor=x", "whom=a"})
    BOOST_TEST(ask(test::get("/v1/audit?" + std::string(wrong), as_boss())).status == 400, wrong);
}

BOOST_AUTO_TEST_SUITE_END()
