#include "inbound/repeat_rule.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>

#include <string_view>

namespace postrider::inbound {
namespace {

std::string_view bytes_of(const persistence::hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

repeat_rule::repeat_rule(const sources::source_settings& of, const sources::translation& made,
                         bool test, std::optional<actors::once_only> own)
    : once_(own), place_(fmt::format("source\n{}\n{}\n", of.name, test ? "test" : "")) {
  if (once_ || made.event.empty() || of.dedupe.count() <= 0) return;
  const auto event = sha256(made.event);
  // The payload may differ in what does not make it another event.
  once_ = actors::once_only{0, event, event, of.dedupe};
}

std::optional<actors::once_only> repeat_rule::for_recipient(const std::string& to) const {
  auto once = once_;
  if (once) once->key = sha256(place_ + to + "\n" + std::string(bytes_of(once->key)));
  return once;
}

}  // namespace postrider::inbound
