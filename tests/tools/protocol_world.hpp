#pragma once

#include "tools/provider-sim/behaviour_json.hpp"
#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace postrider::provider_sim {

// One provider and one protocol without a socket.
template <class Protocol>
struct protocol_world {
  provider at;
  Protocol protocol;
  reply out;

  template <class... Arguments>
  explicit protocol_world(Arguments&&... arguments)
      : protocol(std::forward<Arguments>(arguments)...) {}

  void behave(std::string_view text) {
    behaviour_settings settings;
    BOOST_REQUIRE_EQUAL(read_behaviour(text, settings), "");
    at.rules = behaviour(settings);
  }

  const reply& ask(request_view request) {
    out.clear();
    request.arrived = clock_time(std::chrono::seconds(10));
    protocol.answer(at, request, out);
    return out;
  }

  const callback& report(std::size_t which) const {
    return std::get<callback>(out.errands.at(which).what);
  }
};

// Common to all HTTP protocols: how the exchange ends and whether the message was taken.
struct exchange_row {
  const char* outcome;
  wire_action action;
  unsigned accepted;
};
inline constexpr exchange_row exchange_rows[] = {
    {"accept", wire_action::answer, 1},
    {"http_500", wire_action::answer, 0},
    {"http_404", wire_action::answer, 0},
    {"garbage", wire_action::answer, 0},
    {"accept_then_garbage", wire_action::answer, 1},
    {"accept_then_cut", wire_action::cut, 1},
    {"accept_then_drop", wire_action::reset, 1},
    {"drop", wire_action::close, 0},
    {"drop_in_body", wire_action::reset, 0},
    {"never_answer", wire_action::hold, 0},
    {"accept_never_answer", wire_action::hold, 1},
};

// `send` makes the world's protocol send one message.
template <class World, class Send>
void check_exchanges(Send send) {
  for (const exchange_row& row : exchange_rows) {
    World world;
    world.behave(R"({"outcomes":{")" + std::string(row.outcome) + R"(":1}})");
    send(world);
    BOOST_TEST((world.out.action == row.action), row.outcome);
    BOOST_TEST(world.at.counts.accepted() == row.accepted, row.outcome);
    BOOST_TEST(world.at.counts.calls() == 1U, row.outcome);
  }
}

inline std::string outcome_only(std::string_view name) {
  return R"({"outcomes":{")" + std::string(name) + R"(":1}})";
}

}  // namespace postrider::provider_sim
