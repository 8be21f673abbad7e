#include "tests/simulation/day.hpp"

#include <fmt/core.h>

namespace postrider::tests {

const std::vector<std::pair<const char*, std::vector<day_count>>>& day_count_lines() {
  using c = day_counts;
  static const std::vector<std::pair<const char*, std::vector<day_count>>> lines{
      {"lived",
       {{"virtual days", &c::days},
        {"with two nodes", &c::two_nodes},
        {"quiet", &c::quiet},
        {"slow", &c::slow},
        {"steps", &c::steps},
        {"commits", &c::commits},
        {"verifications", &c::verifications},
        {"of everything", &c::full_verifications}}},
      {"messages",
       {{"posted", &c::posted},
        {"again", &c::posted_again},
        {"answered as before", &c::replayed},
        {"accepted", &c::accepted},
        {"refused", &c::refused},
        {"in doubt", &c::in_doubt}}},
      {"recipients",
       {{"delivered", &c::delivered},
        {"failed", &c::failed},
        {"of these expired", &c::expired},
        {"out of patience", &c::out_of_patience},
        {"deleted by retention", &c::pruned},
        {"events", &c::events_told}}},
      {"providers",
       {{"calls", &c::calls},
        {"receipts sent", &c::receipts_sent},
        {"stored", &c::receipts_stored},
        {"refused", &c::receipts_refused}}},
      {"copies beyond the first",
       {{"after a lost answer", &c::after_lost_answer},
        {"after a process or actor ended", &c::after_process_end},
        {"after undelivered", &c::after_undelivered},
        {"retried by hand", &c::by_hand}}},
      {"by hand",
       {{"cancels", &c::cancels},
        {"recipients cancelled", &c::cancelled},
        {"retries", &c::retries_by_hand},
        {"transactions retried", &c::retried},
        {"settled", &c::settled},
        {"lists replaced", &c::lists_replaced},
        {"configurations read again", &c::reloads}}},
      {"faults",
       {{"events in mid-flow", &c::in_mid_flow},
        {"crashes", &c::crashes},
        {"orderly stops", &c::stops},
        {"actors died", &c::actor_deaths},
        {"pauses", &c::pauses},
        {"outages", &c::outages},
        {"lost commit answers", &c::lost_answers},
        {"clock jumps", &c::clock_jumps},
        {"stops of hours", &c::long_stops},
        {"outages of providers for hours", &c::long_outages}}},
  };
  return lines;
}

void add(day_counts& sum, const day_counts& one) {
  for (const auto& [name, counts] : day_count_lines())
    for (const auto& [label, member] : counts)
      sum.*member += one.*member;
}

std::string summary_of(const day_counts& counts) {
  std::string text;
  for (const auto& [name, line] : day_count_lines()) {
    text += fmt::format("{}:", name);
    const char* separator = " ";
    for (const auto& [label, member] : line) {
      text += fmt::format("{}{} {}", separator, counts.*member, label);
      separator = ", ";
    }
    text += '\n';
  }
  return text;
}

}  // namespace postrider::tests
