#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>
#include <utility>

namespace postrider::test {

using boost::test_tools::per_element;

BOOST_FIXTURE_TEST_SUITE(lists, ledger_fixture)

BOOST_AUTO_TEST_CASE(providers_of_the_configuration_get_ids_and_keep_them) {
  const persistence::provider signal{0, "signal-main", "signal", 1}, mail{0, "mail", "email", 2};
  const auto first =
      apply_as(0, {put_providers{{signal, mail}, {"signal", "email"}}}).at(0).providers;
  BOOST_REQUIRE_EQUAL(first.size(), 2);
  BOOST_TEST(first[0].id == 1);
  BOOST_TEST(first[0].name == "signal-main");
  BOOST_TEST(first[1].type == "email");
  BOOST_TEST(first[1].active());

  auto renamed_type = mail;
  renamed_type.priority = 9;
  const persistence::provider sms{0, "sms", "sms", 3};
  const auto second =
      apply_as(0, {put_providers{{renamed_type, sms}, {"email", "sms"}}}).at(0).providers;
  BOOST_REQUIRE_EQUAL(second.size(), 3);
  BOOST_TEST(!second[0].configured);
  BOOST_TEST(second[1].id == first[1].id);
  BOOST_TEST(second[1].priority == 9);
  BOOST_TEST((queries->providers().value().all == second));

  const auto third = apply_as(0, {put_providers{{signal}, {"signal"}}}).at(0).providers;
  BOOST_TEST(third[0].configured);
  BOOST_TEST(third[0].id == first[0].id);
}

BOOST_AUTO_TEST_CASE(what_was_disabled_stays_disabled_over_a_restart) {
  const persistence::provider signal{0, "signal-main", "signal", 1};
  apply_as(0, {put_providers{{signal}, {"signal"}}});
  BOOST_TEST(apply_as(0, {set_provider_enabled{1, false}}).at(0).status ==
             transition_status::applied);
  BOOST_TEST(apply_as(0, {set_provider_enabled{1, false}}).at(0).status ==
             transition_status::applied);
  const auto after = apply_as(0, {put_providers{{signal}, {"signal"}}}).at(0).providers;
  BOOST_TEST(after[0].configured);
  BOOST_TEST(!after[0].enabled);
  BOOST_TEST(apply_as(0, {set_provider_enabled{99, true}}).at(0).status ==
             transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(providers_have_another_version_after_each_change_and_only_then) {
  const persistence::provider signal{0, "signal-main", "signal", 1}, mail{0, "mail", "email", 2};
  const auto version = [this] {
    const auto told = queries->user_list_changes(0, 10).value().provider_version;
    BOOST_TEST(told == queries->providers().value().version);
    return told;
  };
  const auto put = [this](std::vector<persistence::provider> all) {
    apply_as(0, {put_providers{std::move(all), {"signal", "email"}}});
  };
  auto last = version();
  const auto changed = [&] {
    const auto before = std::exchange(last, version());
    return last != before;
  };
  put({signal, mail});
  BOOST_TEST(changed());
  put({signal, mail});
  BOOST_TEST(!changed());
  apply_as(0, {set_provider_enabled{1, false}});
  BOOST_TEST(changed());
  apply_as(0, {set_provider_enabled{1, false}, set_provider_enabled{99, false}});
  BOOST_TEST(!changed());
  put({signal, mail});
  BOOST_TEST(!changed());
  put({mail});
  BOOST_TEST(changed());
  // Lists of users have a version of their own.
  apply({put_user_providers{7, {}}});
  BOOST_TEST(!changed());
  BOOST_TEST(queries->user_list_changes(0, 10).value().users->size() == 1);
}

BOOST_AUTO_TEST_CASE(a_users_list_is_replaced_whole) {
  const std::vector<user_provider> first{
      {3, 2, true, "+1"}, {4, 1, false, ""}, {3, 1, true, "second"}};
  apply({put_user_providers{7, first}});
  apply({put_user_providers{8, {{3, 1, true, "other"}}}});
  // By priority, then as it was put.
  const std::vector<user_provider> sorted{first[1], first[2], first[0]};
  BOOST_TEST((queries->user_providers(7).value() == sorted));
  apply({put_user_providers{7, {{5, 1, true, ""}}}});
  BOOST_TEST(queries->user_providers(7).value().size() == 1);
  apply({put_user_providers{7, {}}});
  BOOST_TEST(queries->user_providers(7).value().empty());
  BOOST_TEST(queries->user_providers(8).value().size() == 1);
}

BOOST_AUTO_TEST_CASE(changed_lists_are_told_since_a_version) {
  const auto start = queries->user_list_changes(0, 10).value();
  BOOST_TEST(start.version == 0);
  BOOST_TEST(start.users->empty());
  apply({put_user_providers{7, {}}, put_user_providers{8, {}}});
  const auto both = queries->user_list_changes(start.version, 10).value();
  BOOST_TEST(*both.users == (std::vector<user_id>{7, 8}), per_element());
  BOOST_TEST(queries->user_list_changes(both.version, 10).value().users->empty());
  apply({put_user_providers{7, {}}});
  const auto one = queries->user_list_changes(both.version, 10).value();
  BOOST_TEST(*one.users == std::vector<user_id>{7}, per_element());
  BOOST_TEST(one.version > both.version);
  const auto many = queries->user_list_changes(start.version, 1).value();
  BOOST_TEST(!many.users.has_value());
  BOOST_TEST(many.version == one.version);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
