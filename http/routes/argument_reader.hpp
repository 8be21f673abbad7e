#pragma once

#include "http/connection/exchange.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>

namespace postrider::http::routes {

/// Reads the query parameters of a request one by one and keeps the first mistake.
class argument_reader {
 public:
  /// `names` as the router has them, in the order of `request::arguments`.
  argument_reader(const exchange& x, std::span<const std::string_view> names)
      : arguments_(x.request.arguments), names_(names) {}

  /// `read(text)` gives an optional; nothing says that the text is not `expected`.
  template <class Into, class Read>
  void take(std::size_t where, Into& into, std::string_view expected, Read read) {
    const auto& text = arguments_[where];
    if (text.empty() || wrong_) return;
    if (auto value = read(text)) into = std::move(*value);
    else
      wrong_ = problem{problem_code::bad_query_parameter,
                       fmt::format("the query parameter \"{}\" must be {}, not \"{}\"",
                                   names_[where], expected, text)};
  }
  const std::optional<problem>& wrong() const { return wrong_; }

 private:
  const decltype(request::arguments)& arguments_;
  std::span<const std::string_view> names_;
  std::optional<problem> wrong_;
};

/// A whole number from 1 to `most`.
template <class Number>
std::optional<Number> read_number(std::string_view text, Number most) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 1 && number <= most ? std::optional(number) : std::nullopt;
}

}  // namespace postrider::http::routes
