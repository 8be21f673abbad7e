#pragma once

#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <span>

/// Replies that are not in a provider's own words, and exchanges that broke off.
namespace postrider::actors {

struct status_row {
  int status;
  std::string_view outcome;
  bool recipient_only = false;
};

/// Statuses of proxies and of HTTP itself that mean the same for every provider with an HTTP
/// interface.
inline constexpr status_row foreign_statuses[]{{302, "unavailable"},
                                               {400, "unavailable", true},
                                               {403, "unavailable", true},
                                               {408, "unavailable", true},
                                               {429, "throttled"},
                                               {500, "unknown"},
                                               {502, "unknown"},
                                               {503, "unknown"},
                                               {504, "unknown"},
                                               {0, "unknown"},
                                               {999, "unknown"}};

/// `judge(status)` gives the outcome.
template <class Judge>
void check_statuses(std::span<const status_row> rows, Judge judge) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status) {
      const outcome out = judge(row.status);
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_TEST(out.recipient_only == row.recipient_only);
    }
  }
}

/// RFC 9112, 8: the status stands once the head is whole, whatever becomes of the body.
inline void check_cut_off_replies(const driver& provider, std::span<const status_row> rows) {
  for (auto error : {transfer_error::reply_too_long, transfer_error::timeout,
                     transfer_error::disconnected, transfer_error::shutdown}) {
    for (const auto& row : rows) {
      auto result = broken_off(error, transfer_stage::reply_head_complete);
      result.status = row.status;
      BOOST_TEST(kind_of(provider, result) == row.outcome, row.status);
      // A head that is cut off may lack what its status depends on.
      result.stage = transfer_stage::reply_started;
      BOOST_TEST(kind_of(provider, result) == "unknown", row.status);
    }
  }
}

}  // namespace postrider::actors
