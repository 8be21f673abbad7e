#include "http/routes/idempotency_key.hpp"

#include "base/digest.hpp"
#include "http/media_type.hpp"
#include "http/routes/caller.hpp"

#include <algorithm>

namespace postrider::http::routes {
namespace {

constexpr std::size_t max_key = 255;

bool usable(std::string_view key) {
  return !key.empty() && key.size() <= max_key &&
         std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

bool read_idempotency_key(exchange& x, std::optional<actors::once_only>& into) {
  std::size_t count = 0;
  std::string_view key;
  for (const auto& [name, value] : x.request.fields)
    if (equals_ignoring_case(name, "Idempotency-Key")) {
      key = value;
      ++count;
    }
  if (count == 0) return true;
  if (count > 1 || !usable(key)) {
    x.fail({problem_code::invalid,
            "Idempotency-Key must be there once, with 1 to 255 printable characters"});
    return false;
  }
  into = actors::once_only{caller(x).id(), sha256(key), sha256(x.request.body)};
  return true;
}

}  // namespace postrider::http::routes
