#include "http/json/json_reader.hpp"
#include "http/routes/send_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

using namespace postrider;

namespace {

/// Boost.JSON may read the last digit of a double differently; no request has one.
bool has_double(const boost::json::value& value) {
  if (value.is_double()) return true;
  if (const auto* array = value.if_array()) return std::ranges::any_of(*array, has_double);
  const auto* object = value.if_object();
  return object != nullptr && std::ranges::any_of(*object, [](const auto& member) {
           return has_double(member.value());
         });
}

}  // namespace

/// The body of a send request: what is read as JSON is the same when it is written and read again,
/// and what is not says where.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto parsed = http::parse_json(text, {});
  if (parsed.has_error()) {
    const auto& error = parsed.error();
    fuzz::require(error.line >= 1 && error.column >= 1, "a place begins at 1");
    fuzz::require(error.line <= size + 1 && error.column <= size + 1, "a place is in the text");
    return 0;
  }
  const std::string written = boost::json::serialize(*parsed);
  const auto again = http::parse_json(written, {});
  fuzz::require(again.has_value(), "what was written is read");
  fuzz::require(has_double(*parsed) || *again == *parsed, "and is the same");
  std::vector<actors::field_problem> problems;
  actors::send_request request;
  http::routes::read_send_request(http::field(*parsed, problems), request);
  fuzz::require(problems.size() <= http::max_problems, "problems are bounded");
  fuzz::require(!problems.empty() || !request.text.empty(), "a request has a text");
  return 0;
}
