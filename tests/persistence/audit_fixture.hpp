#pragma once

#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

struct audit_fixture : ledger_fixture {
  static audit_entry entry(std::string who, std::string action = "PATCH /v1/providers/{name}") {
    audit_entry e;
    e.who = std::move(who);
    e.action = std::move(action);
    e.result = 200;
    return e;
  }
  void note(audit_entry e) {
    now += std::chrono::seconds(1);
    BOOST_TEST(status_of(note_audit{std::move(e)}) == transition_status::applied);
  }
  audit_page list(audit_query what = {}) { return queries->list_audit(what).value(); }
  static std::vector<std::string> who_in(const audit_page& page) {
    std::vector<std::string> all;
    for (const auto& row : page.rows)
      all.push_back(row.who);
    return all;
  }
};

}  // namespace postrider::test
