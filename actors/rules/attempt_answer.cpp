#include "actors/rules/attempt_answer.hpp"

namespace postrider::actors {

std::string answer_of(const outcome& what, const transfer_result& result) {
  if (!what.detail.empty()) return what.detail;
  if (!result.replies.empty()) {
    const auto& last = result.replies.back();
    return std::to_string(last.code) + (last.text.empty() ? "" : " ") + last.text;
  }
  return result.status == 0 ? std::string() : "HTTP " + std::to_string(result.status);
}

}  // namespace postrider::actors
