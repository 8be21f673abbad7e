#pragma once

#include "http/connection/exchange.hpp"
#include "http/json/json_reader.hpp"
#include "http/json/object_reader.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>

namespace postrider::http::routes {

/// The problem for a document that is JSON, with everything that is wrong with it.
inline problem invalid_body(std::vector<actors::field_problem> problems) {
  auto detail = problems.size() == 1 ? sentence_of(problems.front()) : actors::summary_of(problems);
  if (problems.size() > max_problems) {
    problems.resize(max_problems);
    detail = fmt::format("more than {0} mistakes; the first {0} are listed", max_problems);
  }
  return {problem_code::invalid, std::move(detail), std::move(problems), {}, {}};
}

/// Parses the body and reads it with `read(field)`. False: something was wrong, and the answer says
/// all of it.
template <class Read>
bool read_body(exchange& x, Read read) {
  std::array<unsigned char, 4096> first_block;
  boost::json::monotonic_resource memory(first_block.data(), first_block.size());
  const auto document = parse_json(x.request.body, &memory);
  if (document.has_error()) {
    x.fail({problem_code::invalid_json, to_string(document.error())});
    return false;
  }
  std::vector<actors::field_problem> problems;
  read(field(*document, problems));
  if (problems.empty()) return true;
  x.fail(invalid_body(std::move(problems)));
  return false;
}

/// The same for an object that a table describes.
template <class T>
bool read_body(exchange& x, std::span<const member<T>> table, T& into) {
  return read_body(x, [&](const field& document) { read_members<T>(document, table, into); });
}

/// A positive integer from a path. What cannot be an id is the id of nothing: 404.
template <class Integer>
std::optional<Integer> read_id(exchange& x, std::size_t parameter, std::string_view what) {
  const std::string& text = x.request.parameters[parameter];
  Integer id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && end == text.data() + text.size() && id > 0) return id;
  x.fail({problem_code::not_found, fmt::format("\"{}\" is not the id of a {}", text, what)});
  return std::nullopt;
}

}  // namespace postrider::http::routes
