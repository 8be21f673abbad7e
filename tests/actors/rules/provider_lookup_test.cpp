#include "actors/rules/provider_lookup.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(provider_lookups)

BOOST_AUTO_TEST_CASE(a_provider_of_the_ledger_is_found_by_its_whole_name) {
  providers_by_id all;
  all[3] = {3, "alpha", "signal"};
  all[8] = {8, "alpha-2", "signal"};
  BOOST_REQUIRE(provider_named(all, "alpha") != nullptr);
  BOOST_TEST(provider_named(all, "alpha")->id == 3);
  BOOST_TEST(provider_named(all, "alpha-2")->id == 8);
  for (const auto* name : {"", "alph", "Alpha", "beta"})
    BOOST_TEST((provider_named(all, name) == nullptr), name);
  BOOST_TEST((provider_named({}, "alpha") == nullptr));
}

BOOST_AUTO_TEST_CASE(a_runtime_is_found_by_the_name_in_the_configuration_also_when_it_is_gone) {
  provider_directory directory;
  for (const auto* name : {"alpha", "beta"}) {
    auto runtime = std::make_shared<provider_runtime>();
    runtime->settings.name = name;
    runtime->gone = name == std::string_view("beta");
    directory.usable.emplace(static_cast<persistence::provider_id>(directory.usable.size() + 1),
                             std::move(runtime));
  }
  BOOST_REQUIRE(runtime_named(directory, "alpha"));
  BOOST_TEST(!runtime_named(directory, "alpha")->gone);
  BOOST_REQUIRE(runtime_named(directory, "beta"));
  BOOST_TEST(runtime_named(directory, "beta")->gone);
  BOOST_TEST(!runtime_named(directory, "gamma"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
