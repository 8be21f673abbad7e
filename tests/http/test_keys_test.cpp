#include "actors/api/service_errors.hpp"
#include "keys_fixture.hpp"

using namespace postrider;
using persistence::api_key;
using persistence::scope;
using test::keys_fixture;

namespace {

constexpr std::string_view message = R"({"message":"x","user_id":1})";

struct test_keys_fixture : keys_fixture {
  void answer_about(bool test);
};

/// Every answer is about what is real, unless `test` says that it is of a test key's message.
void test_keys_fixture::answer_about(bool test) {
  actors::transaction_info row;
  row.transaction.id = 1;
  row.transaction.user = 1;
  row.test = test;
  gateway.on_find_transaction = [row](auto, auto done) { done(row); };
  gateway.on_find_message = [test](auto, auto done) {
    actors::message_info found;
    found.message.id = test::some_message_id();
    found.message.user = 1;
    found.message.test = test;
    done(found);
  };
  const auto check_test = [](const actors::send_request& request) { BOOST_TEST(request.test); };
  gateway.on_send = [check_test](const auto& request, auto, auto done) {
    check_test(request);
    done(test::some_receipt());
  };
  gateway.on_explain_route = [check_test](const auto& request, auto done) {
    check_test(request);
    done(std::vector<actors::route_explanation>());
  };
  gateway.on_list_messages = [](const actors::message_query& query, auto done) {
    BOOST_TEST(query.filter.test_only);
    done(actors::message_listing{});
  };
  gateway.on_count_messages = [](const actors::message_query& query, auto done) {
    BOOST_TEST(query.filter.test_only);
    done(actors::message_counts{});
  };
  gateway.on_failures = [](const actors::failure_request& request, auto done) {
    BOOST_TEST(request.test);
    done(actors::failure_report{});
  };
  gateway.on_list_transactions = [](const actors::transaction_query& query, auto done) {
    BOOST_TEST(query.test);
    done(actors::transaction_listing{});
  };
  gateway.on_events = [](const actors::event_request& request, auto done) {
    BOOST_TEST(request.filter.test_only);
    test::done_with_events(request, done);
  };
  gateway.on_cancel = [test](const actors::cancel_request& request, auto done) {
    BOOST_TEST(request.test_only);
    if (test) return done(actors::cancel_report{});
    done(actors::no_such_message(request.message));
  };
  gateway.on_explain_transaction = [](auto, auto done) { done(actors::route_explanation{}); };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(test_keys, test_keys_fixture)

BOOST_AUTO_TEST_CASE(a_test_key_sees_and_changes_nothing_real) {
  know("trial", {scope::send, scope::read});
  auto key = *known["trial"].client;
  key.test = true;
  known["trial"].client = std::make_shared<api_key>(key);
  int hidden = 0, refused = 0;
  for (const auto& at : http::endpoints()) {
    // tests/scenario/sources.py has the sources.
    if (!at.needs.scope || *at.needs.scope == scope::admin || *at.needs.scope == scope::ingest)
      continue;
    auto bytes = request_to(at, bearer("trial"));
    if (const auto body = bytes.find("Content-Length: 2\r\n\r\n{}"); body != bytes.npos)
      bytes.replace(body, std::string::npos,
                    fmt::format("Content-Length: {}\r\n\r\n{}", message.size(), message));
    answer_about(true);
    const auto own = ask(bytes);
    answer_about(false);
    const auto real = ask(bytes);
    BOOST_TEST_CONTEXT(at.pattern << ": " << real.body) {
      BOOST_TEST(own.status == (at.needs.real ? 403 : own.status));
      if (at.needs.real) {
        BOOST_TEST(real.code() == "insufficient_scope");
        ++refused;
        continue;
      }
      BOOST_TEST(own.status < 300, own.body);
      // A path that names no message and no transaction is about tests by itself.
      const bool names_one = at.pattern.find("{message_id}") != at.pattern.npos ||
                             at.pattern.find("{id}") != at.pattern.npos;
      BOOST_TEST((real.status == 404) == names_one);
      hidden += names_one;
    }
  }
  BOOST_TEST(hidden == 4);
  BOOST_TEST(refused == 6);
}

BOOST_AUTO_TEST_SUITE_END()
