#include "actors/rules/user_list_lines.hpp"

#include "tests/actors/routing_fixture.hpp"

namespace postrider::actors {
namespace {

/// This process has no driver for signal-b.
provider_directory some_directory() {
  provider_directory made;
  made.all = {{1, {1, "signal-a", "signal", 10, true, true}},
              {2, {2, "mail-a", "email", 20, true, true}},
              {3, {3, "signal-b", "signal", 30, true, true}}};
  for (const auto& [id, driver] : {std::pair(1, &by_phone), std::pair(2, &by_email)}) {
    auto runtime = std::make_shared<provider_runtime>();
    runtime->driver = std::shared_ptr<const actors::driver>(driver, [](const actors::driver*) {});
    made.usable.emplace(id, runtime);
  }
  return made;
}
const provider_directory directory = some_directory();

std::string problems_of(const std::vector<user_provider_line>& lines) {
  const auto checked = check_lines(lines, directory);
  if (checked.has_value()) return "";
  BOOST_CHECK(checked.error().code == service_errc::invalid);
  std::string text;
  for (const auto& problem : checked.error().problems)
    text += problem.pointer + ' ' + problem.code + '\n';
  return text;
}

BOOST_AUTO_TEST_SUITE(user_list_lines)

BOOST_AUTO_TEST_CASE(lines_name_their_providers_in_the_order_of_priority) {
  const auto lines = lines_of(
      {{2, 5, true, "bob@example.com"}, {1, -1, false, ""}, {3, 5, true, ""}}, directory.all);
  BOOST_TEST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(lines[0].provider == "signal-a");
  BOOST_TEST(!lines[0].active);
  BOOST_TEST(lines[1].provider == "mail-a");
  BOOST_TEST(lines[1].address == "bob@example.com");
  BOOST_TEST(lines[1].priority == 5);
  BOOST_TEST(lines[2].provider == "signal-b");
}

BOOST_AUTO_TEST_CASE(lines_of_providers_that_are_not_known_any_more_are_left_out) {
  BOOST_TEST(lines_of({{9, 1, true, ""}, {1, 2, true, ""}}, directory.all).size() == 1U);
  BOOST_TEST(lines_of({}, directory.all).empty());
}

BOOST_AUTO_TEST_CASE(good_lines_get_ids_and_normal_addresses) {
  const auto checked = check_lines({{"mail-a", 2, true, "Bob@Example.com"},
                                    {"signal-a", 1, false, "+1 555 123 4567"},
                                    {"signal-b", 3, true, ""}},
                                   directory);
  BOOST_TEST_REQUIRE(checked.has_value());
  BOOST_CHECK((*checked == std::vector<persistence::user_provider>{{2, 2, true, "Bob@example.com"},
                                                                   {1, 1, false, "+15551234567"},
                                                                   {3, 3, true, ""}}));
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_a_list) {
  BOOST_TEST_REQUIRE(check_lines({}, directory).has_value());
  BOOST_TEST(check_lines({}, directory)->empty());
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_said_at_once) {
  BOOST_TEST(problems_of({{"pigeon", 1, true, ""},
                          {"signal-a", 1, true, "nowhere"},
                          {"mail-a", 1, true, "a@"},
                          {"signal-a", 2, true, "x://y"},
                          {"", 1, true, ""}}) ==
             "/0/provider unknown_provider\n"
             "/1/address bad_phone_number\n"
             "/2/address bad_email_address\n"
             "/3/provider duplicate_provider\n"
             "/3/address bad_url\n"
             "/4/provider unknown_provider\n");
}

BOOST_AUTO_TEST_CASE(an_address_that_its_provider_can_never_use_is_refused_by_the_providers_kind) {
  const auto checked = check_lines(
      {{"signal-a", 1, true, "ann@example.org"}, {"mail-a", 2, true, "+15551234567"}}, directory);
  BOOST_TEST_REQUIRE(checked.has_error());
  const auto& problems = checked.error().problems;
  BOOST_TEST_REQUIRE(problems.size() == 2U);
  BOOST_TEST(problems[0].pointer == "/0/address");
  BOOST_TEST(problems[0].code == "wrong_kind");
  BOOST_TEST(problems[0].detail == "signal-a (signal) takes phone numbers, not an email address");
  BOOST_TEST(problems[1].detail == "mail-a (email) takes email addresses, not a phone number");
  // A provider that this process has no driver for is asked nothing.
  BOOST_TEST(check_lines({{"signal-b", 1, true, "ann@example.org"}}, directory).has_value());
}

BOOST_AUTO_TEST_CASE(a_provider_that_there_is_not_is_answered_with_those_that_there_are) {
  const auto checked = check_lines({{"sinal-a", 1, true, ""}}, directory);
  BOOST_TEST_REQUIRE(checked.has_error());
  BOOST_TEST(checked.error().problems[0].detail ==
             "there is no provider \"sinal-a\"; known are signal-a, mail-a, signal-b");
}

BOOST_AUTO_TEST_CASE(a_list_has_at_most_so_many_lines) {
  provider_directory many;
  std::vector<user_provider_line> lines;
  for (int i = 1; i <= static_cast<int>(max_user_providers); ++i) {
    many.all[i] = {i, "p" + std::to_string(i), "signal", 1, true, true};
    lines.push_back({"p" + std::to_string(i), i, true, ""});
  }
  BOOST_TEST(check_lines(lines, many).has_value());
  many.all[1000] = {1000, "one-more", "signal", 1, true, true};
  lines.push_back({"one-more", 1, true, ""});
  const auto checked = check_lines(lines, many);
  BOOST_TEST_REQUIRE(!checked.has_value());
  BOOST_TEST(checked.error().problems.front().code == "too_many");
}

BOOST_AUTO_TEST_CASE(what_was_checked_comes_back_as_the_same_lines) {
  const std::vector<user_provider_line> lines{{"signal-b", 1, true, "+15551234567"},
                                              {"mail-a", 2, false, ""}};
  const auto back = lines_of(*check_lines(lines, directory), directory.all);
  BOOST_TEST_REQUIRE(back.size() == lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    BOOST_TEST(back[i].provider == lines[i].provider);
    BOOST_TEST(back[i].priority == lines[i].priority);
    BOOST_TEST(back[i].active == lines[i].active);
    BOOST_TEST(back[i].address == lines[i].address);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
