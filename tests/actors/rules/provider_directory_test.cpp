#include "actors/rules/provider_directory.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using names = std::vector<std::string>;

struct directory_fixture {
  limit_settings limits;
  std::vector<persistence::provider> known;
  std::vector<provider_settings> wanted;
  directory_ptr now;

  static provider_settings settings(const std::string& name) {
    provider_settings one;
    one.name = name;
    one.type = "signal";
    one.keys = {{"url", "http://" + name + ".test"}, {"account", "+15550001111"}};
    return one;
  }
  directory_fixture() {
    for (const auto* name : {"alpha", "beta"})
      wanted.push_back(settings(name));
    store();
    now = make_directory(known, wanted, limits);
  }
  /// Stores them as the ledger does.
  void store() {
    for (auto& record : known)
      record.configured = false;
    for (const auto& one : wanted) {
      const auto at = std::ranges::find(known, one.name, &persistence::provider::name);
      const auto id = static_cast<persistence::provider_id>(
          at == known.end() ? known.size() + 1 : static_cast<std::size_t>(at->id));
      const bool enabled = at == known.end() || at->enabled;
      persistence::provider record{id, one.name, one.type, one.priority, true, enabled};
      if (at == known.end()) known.push_back(record);
      else *at = record;
    }
  }
  reload_report change() {
    store();
    reload_report report;
    const auto drivers = make_drivers(*now, wanted);
    BOOST_REQUIRE_MESSAGE(drivers, drivers.error());
    now = change_directory(*now, known, wanted, *drivers, limits, report);
    return report;
  }
  provider_ptr at(persistence::provider_id id) const { return now->usable.at(id); }
};

BOOST_FIXTURE_TEST_SUITE(provider_directories, directory_fixture)

BOOST_AUTO_TEST_CASE(who_is_the_same_is_the_same_object) {
  const auto alpha = at(1), beta = at(2);
  wanted[1].max_in_flight = 7;
  wanted.push_back(settings("gamma"));
  const auto report = change();
  BOOST_TEST(report.added == names{"gamma"});
  BOOST_TEST(report.changed == names{"beta"});
  BOOST_TEST(report.removed.empty());
  BOOST_TEST(at(1) == alpha);
  BOOST_TEST(at(2) != beta);
  BOOST_TEST(at(2)->window == beta->window);
  BOOST_TEST(at(2)->settings.max_in_flight == 7);
  BOOST_TEST(at(3)->record.name == "gamma");
}

BOOST_AUTO_TEST_CASE(what_another_node_wrote_counts_only_where_it_is_everybodys) {
  wanted[1].active = false;
  change();
  auto others = known;
  others[0].configured = false;
  others[0].priority = 77;
  others[0].type = "email";
  others[1].configured = true;
  others[1].enabled = false;
  others.push_back({3, "gamma", "sms", 5, true, true});
  const auto ours = as_configured(others, wanted);
  BOOST_TEST((ours[0] == known[0]));
  BOOST_TEST(!ours[1].configured);
  BOOST_TEST(!ours[1].enabled);
  BOOST_TEST(ours[2].name == "gamma");
  BOOST_TEST(!ours[2].configured);
  BOOST_TEST(ours[2].enabled);
}

BOOST_AUTO_TEST_CASE(who_has_no_driver_is_not_usable_and_in_nobodys_way) {
  wanted[1].keys.erase("url");
  now = make_directory(known, wanted, limits);
  BOOST_TEST(now->usable.size() == 1);
  BOOST_TEST(!make_drivers(*now, wanted));
  known[0].enabled = false;
  reload_report report;
  now = change_directory(*now, known, wanted, drivers_in_use(*now), limits, report);
  BOOST_TEST(report.changed == names{"alpha"});
  BOOST_TEST(now->usable.size() == 1);
  BOOST_TEST(now->all.size() == 2);
}

BOOST_AUTO_TEST_CASE(every_setting_counts_as_a_change) {
  using change_one = void (*)(provider_settings&);
  const std::pair<const char*, change_one> rows[]{
      {"priority", [](provider_settings& p) { p.priority = 3; }},
      {"active", [](provider_settings& p) { p.active = false; }},
      {"max_in_flight", [](provider_settings& p) { p.max_in_flight = 3; }},
      {"rate", [](provider_settings& p) { p.rate.per_second = 3; }},
      {"connect_timeout", [](provider_settings& p) { p.connect_timeout = milliseconds(3); }},
      {"timeout", [](provider_settings& p) { p.timeout = milliseconds(3); }},
      {"on_unknown", [](provider_settings& p) { p.on_unknown = persistence::on_unknown::hold; }},
      {"circuit", [](provider_settings& p) { p.circuit.failures = 3; }},
      {"open_for", [](provider_settings& p) { p.circuit.open_for = milliseconds(3); }},
      {"a key of its type", [](provider_settings& p) { p.keys["account"] = "+15550002222"; }}};
  for (const auto& [what, change_it] : rows) {
    BOOST_TEST_CONTEXT(what) {
      directory_fixture one;
      change_it(one.wanted[0]);
      BOOST_TEST(one.change().changed == names{"alpha"});
      BOOST_TEST(one.change().changed.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(one_that_has_gone_stays_until_it_is_back) {
  const auto window = at(1)->window;
  const auto alpha = wanted[0];
  wanted.erase(wanted.begin());
  BOOST_TEST(change().removed == names{"alpha"});
  BOOST_TEST(at(1)->gone);
  BOOST_TEST(!at(1)->record.active());
  BOOST_TEST(at(1)->driver != nullptr);
  // It is told once.
  BOOST_TEST(change().removed.empty());
  wanted.push_back(alpha);
  BOOST_TEST(change().added == names{"alpha"});
  BOOST_TEST(!at(1)->gone);
  BOOST_TEST(at(1)->record.active());
  BOOST_TEST(at(1)->window == window);
}

BOOST_AUTO_TEST_CASE(a_name_keeps_its_type_also_when_it_has_gone_meanwhile) {
  wanted[0].type = "webhook";
  wanted[0].keys = {{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  BOOST_TEST(!make_drivers(*now, wanted));
  const auto other = wanted[0];
  wanted.erase(wanted.begin());
  change();
  wanted.push_back(other);
  const auto refused = make_drivers(*now, wanted);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().find("another name") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_driver_that_cannot_be_made_refuses_them_all) {
  wanted.push_back(settings("gamma"));
  wanted.push_back(settings("delta"));
  wanted.back().type = "webhook";
  wanted.back().keys = {{"secret", "no secret at all"}};
  const auto drivers = make_drivers(*now, wanted);
  BOOST_REQUIRE(!drivers);
  BOOST_TEST(drivers.error().find("delta") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
