#include "base/percent.hpp"
#include "http/connection/gate.hpp"
#include "http/connection/header_scan.hpp"
#include "http/target.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>

using namespace postrider;

namespace {

constexpr std::size_t max_body = 4'096;

/// However the bytes are cut into pieces, the header ends at the same place.
void scan_in_pieces(std::string_view bytes, http::header_scan::state wanted, std::size_t size) {
  http::header_scan scan;
  auto state = http::header_scan::state::more;
  for (std::size_t end = 1; end <= bytes.size() && state == http::header_scan::state::more; ++end)
    state = scan.feed(bytes.substr(0, end));
  fuzz::require(state == wanted, "a header that comes byte by byte is judged as a whole one");
  if (state == http::header_scan::state::complete)
    fuzz::require(scan.size() == size, "its end is at the same place");
}

void read_body(http::request_parser& parser, std::string_view rest) {
  // As the session does it: never again without more bytes, never with fewer than an end has.
  boost::system::error_code error;
  constexpr std::size_t shortest_end = 5;
  while (!parser.is_done() && rest.size() >= shortest_end && !error) {
    const auto used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(used);
    if (used == 0) break;
  }
}

void look_at_query(std::string_view query) {
  while (const auto pair = next_field(query)) {
    const auto value = http::decoded_part(pair->value);
    fuzz::require(!value || value->size() <= pair->value.size(), "decoding makes nothing longer");
  }
}

}  // namespace

/// The header block, the gate and the body behind it.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  http::header_scan scan;
  const auto state = scan.feed(bytes);
  if (size > 0 && size <= 512) scan_in_pieces(bytes, state, scan.size());
  if (state != http::header_scan::state::complete) return 0;
  fuzz::require(scan.size() <= size && scan.skipped() <= scan.size(), "the header is in the bytes");

  const std::string header(bytes.substr(scan.skipped(), scan.size() - scan.skipped()));
  http::request request;
  std::string body;
  http::request_parser parser(request, body, max_body);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(header), error);
  if (error) {
    fuzz::require(!http::to_problem(error).detail.empty(), "a refusal says why");
    return 0;
  }
  const auto count = [&](boost::beast::http::field name) {
    return std::ranges::count_if(request.fields, [&](const auto& one) {
      return boost::beast::http::string_to_field({one.first.data(), one.first.size()}) == name;
    });
  };
  using field = boost::beast::http::field;
  const bool old = header.substr(0, header.find('\n')).find("HTTP/1.0") != header.npos;
  fuzz::require(count(field::host) == 1 || (old && count(field::host) == 0), "one Host");
  fuzz::require(!request.host.empty() || count(field::host) == 1 || request.without_host,
                "a host, or none in HTTP/1.0");
  fuzz::require(count(field::content_length) + count(field::transfer_encoding) <= 1,
                "one way to say how long the content is");
  fuzz::require(request.path.starts_with('/') || request.path == "*", "a path");
  const auto names = request.fields.size();
  look_at_query(request.query);
  read_body(parser, bytes.substr(scan.size()));
  fuzz::require(body.size() <= max_body, "the body is bounded");
  fuzz::require(request.fields.size() == names, "no trailer passes for a field");
  return 0;
}
