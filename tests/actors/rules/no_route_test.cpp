#include "actors/rules/no_route.hpp"

#include "tests/actors/routing_fixture.hpp"

using namespace postrider::actors;
namespace persistence = postrider::persistence;

namespace {

/// The reasons that a client gets when the rule finds no provider.
struct no_route_fixture : routing_fixture {
  no_route_fixture() {
    request.user = 7;
    for (const auto& one : providers) {
      persistence::provider record;
      record.id = one.id;
      record.name = one.name;
      record.type = one.type;
      directory.all.emplace(one.id, record);
      auto runtime = std::make_shared<provider_runtime>();
      runtime->driver = std::shared_ptr<const driver>(one.driver, [](const driver*) {});
      directory.usable.emplace(one.id, runtime);
    }
  }

  void send_to(persistence::recipient recipient) {
    message.recipients = {std::move(recipient)};
    request.recipients.emplace(1);
  }
  void send_to_the_user() {
    message.recipients = {persistence::recipient{}};
    request.recipients.reset();
  }
  postrider::actors::field_problem told() const {
    const auto ranking = ranked();
    BOOST_REQUIRE(!first_usable(ranking));
    return no_route(request, 0, message.recipients[0], ranking, directory);
  }

  send_request request;
  provider_directory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(no_route_for_clients, no_route_fixture)

BOOST_AUTO_TEST_CASE(each_provider_says_what_it_takes) {
  list.clear();
  providers.resize(3);
  providers[2].active = false;
  send_to({"", "", "https://example.org/"});
  const auto problem = told();
  BOOST_TEST(problem.pointer == "/recipients/0");
  BOOST_TEST(problem.code == "no_route");
  BOOST_TEST(problem.detail ==
             "no provider can take this recipient, a URL: signal-a (signal) takes phone numbers; "
             "signal-b (signal) takes phone numbers; mail-a (email) is switched off");
}

BOOST_AUTO_TEST_CASE(content_and_lines_that_do_not_fit_are_named) {
  const kind_driver short_texts{&persistence::recipient::phone, 3};
  provider(1).driver = &short_texts;
  list = {{1, 1, true, {}}, {2, 2, false, {}}};
  message.text = "hello";
  send_to({"+15551234567", "", ""});
  BOOST_TEST(told().detail ==
             "no provider can take this recipient, a phone number: signal-a (signal) cannot take "
             "this content: it is too long; signal-b (signal) is switched off in the user's list");
}

BOOST_AUTO_TEST_CASE(a_user_without_a_list_has_no_addresses) {
  list.clear();
  send_to_the_user();
  const auto problem = told();
  BOOST_TEST(problem.pointer == "/user_id");
  BOOST_TEST(problem.detail ==
             "user 7 has no list of providers, and so no address; put one into the list with PUT "
             "/v1/users/7/providers, or send `recipients`");
}

BOOST_AUTO_TEST_CASE(a_user_whose_lines_have_no_address_is_told_what_they_take) {
  list = {{1, 1, true, {}}, {3, 2, true, "+15551234567"}};
  send_to_the_user();
  const auto problem = told();
  BOOST_TEST(problem.pointer == "/user_id");
  BOOST_TEST(problem.detail ==
             "user 7 has no address that a provider of the list can use: signal-a (signal) takes "
             "phone numbers; mail-a (email) takes email addresses; put one into the list with PUT "
             "/v1/users/7/providers, or send `recipients`");
  list = {{1, 1, false, "+15551234567"}, {3, 2, true, {}}};
  BOOST_TEST(told().detail ==
             "no provider can reach user 7: signal-a (signal) is switched off in the user's list; "
             "mail-a (email) takes email addresses");
}

BOOST_AUTO_TEST_CASE(a_users_own_list_leaves_out_providers_that_could_take_it) {
  list = {{1, 1, true, {}}};
  send_to({"", "ann@example.org", ""});
  BOOST_TEST(
      told().detail ==
      "no provider can take this recipient, an email address: signal-a (signal) takes phone "
      "numbers; only the providers of user 7's own list count (signal-a): add mail-a, mail-b "
      "with postrider users put, or PUT /v1/users/7/providers");
  // Another one of the same kind would be of no use.
  send_to({"", "", "https://example.org/"});
  BOOST_TEST(told().detail.find("own list") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_providers_that_is_said) {
  list.clear();
  providers.clear();
  send_to({"+15551234567", "", ""});
  BOOST_TEST(told().detail == "no provider is configured");
  send_to_the_user();
  BOOST_TEST(told().pointer == "/user_id");
}

BOOST_AUTO_TEST_SUITE_END()
