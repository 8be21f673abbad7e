#include "http/connection/gate.hpp"

#include "http/media_type.hpp"
#include "http/router.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>

#include <algorithm>

namespace postrider::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr gate_errc passed{};

// The protected destructor of Boost's base is safe; GCC sees that it can be reached from here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class gate_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "postrider.http.gate"; }
  std::string message(int value) const override {
    switch (static_cast<gate_errc>(value)) {
      case gate_errc::no_host: return "a request must have a Host field";
      case gate_errc::many_hosts: return "a request must have one Host field";
      case gate_errc::bad_host: return "the Host field is not a host and a port";
      case gate_errc::bad_transfer_encoding:
        return "Transfer-Encoding can only be \"chunked\", once";
      case gate_errc::transfer_encoding_in_1_0: return "HTTP/1.0 has no Transfer-Encoding";
      case gate_errc::length_and_encoding:
        return "Content-Length and Transfer-Encoding exclude each other";
      case gate_errc::bad_length: return "Content-Length must be one decimal number, once";
      case gate_errc::bad_target: return "the request target is not a path";
    }
    return "unknown";
  }
};
#pragma GCC diagnostic pop

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get: return method::get;
    case beast_http::verb::head: return method::head;
    case beast_http::verb::post: return method::post;
    case beast_http::verb::put: return method::put;
    case beast_http::verb::patch: return method::patch;
    case beast_http::verb::delete_: return method::del;
    default: return method::other;
  }
}

/// Characters of a host and its port (RFC 3986, 3.2.2 and 3.2.3), IPv6 addresses included.
bool host_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~!$&'()*+;=:[]%").find(c) != std::string_view::npos;
}

struct target_parts {
  /// Empty in origin-form.
  std::string_view authority;
  /// Empty when the target cannot be used.
  std::string_view rest;
};

bool is_authority(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, host_character);
}

/// Absolute-form must be taken (RFC 9112, 3.2.2), and its host counts in place of the Host field's.
target_parts split_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() ||
        !equals_ignoring_case(target.substr(0, scheme.size()), scheme))
      continue;
    const auto path = std::min(target.find_first_of("/?", scheme.size()), target.size());
    const auto authority = target.substr(scheme.size(), path - scheme.size());
    if (!is_authority(authority)) return {};
    if (path == target.size()) return {authority, "/"};
    return {authority, target[path] == '/' ? target.substr(path) : std::string_view()};
  }
  return {{}, target};
}

/// No fragment and only ASCII (RFC 3986, 2 and 3.5); Beast has refused spaces and controls.
bool target_characters(std::string_view target) {
  return std::ranges::all_of(target,
                             [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; });
}

}  // namespace

boost::system::error_code make_error_code(gate_errc error) {
  static const gate_category category;
  return {static_cast<int>(error), category};
}

problem to_problem(boost::system::error_code error) {
  if (error == beast_http::error::body_limit)
    return {problem_code::body_too_large, "the body is larger than this server takes"};
  if (error == beast_http::error::header_limit)
    return {problem_code::header_too_large, "the header is larger than this server takes"};
  return {problem_code::bad_request, error.message()};
}

request_parser::request_parser(request& into, std::string& body, std::size_t max_body_bytes,
                               std::shared_ptr<const source_directory> sources)
    : into_(into), body_(body), max_body_bytes_(max_body_bytes), sources_(std::move(sources)) {
  body_limit(max_body_bytes);
  // The header's size is judged before it comes here.
  header_limit(std::numeric_limits<std::uint32_t>::max());
}

void request_parser::on_request_impl(boost::beast::http::verb verb, string_view, string_view target,
                                     int version, error_code& error) {
  into_.method = method_of(verb);
  version_ = version;
  const auto [authority, whole] = split_target(view(target));
  // "*" is the server itself (RFC 9112, 3.2.4): a path that no route has.
  const bool usable = whole.starts_with('/') || whole == "*";
  if (!usable || !target_characters(whole)) {
    error = gate_errc::bad_target;
    return;
  }
  authority_ = authority;
  const auto mark = whole.find('?');
  into_.path = whole.substr(0, mark);
  into_.query = mark == whole.npos ? std::string_view() : whole.substr(mark + 1);
  find_source();
  takes_lines_ = !into_.source && http::takes_lines(into_);
  if (!takes_lines_) return;
  max_body_bytes_ = stream_limits::max_bytes;
  body_limit(max_body_bytes_);
}

/// By the path, or else by the host: that of the target comes before that of the field.
void request_parser::find_source() {
  if (!sources_ || into_.source) return;
  constexpr std::string_view mark = "/in/";
  if (into_.path.starts_with(mark)) {
    auto rest = into_.path.substr(mark.size());
    const auto name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(name.size());
    into_.source = sources_->named(name);
    into_.source_path = rest;
  }
  if (!into_.source) {
    into_.source = sources_->at_host(authority_.empty() ? into_.host : authority_);
    into_.source_path = into_.path;
  }
  if (!into_.source) return;
  takes_lines_ = false;
  max_body_bytes_ = into_.source->settings.max_body;
  body_limit(max_body_bytes_);
}

gate_errc request_parser::check_host(std::string_view value) {
  if (++hosts_ > 1) return gate_errc::many_hosts;
  into_.host = value;
  find_source();
  return std::ranges::all_of(value, host_character) ? passed : gate_errc::bad_host;
}

gate_errc request_parser::check_transfer_encoding(std::string_view value) {
  if (version_ < 11) return gate_errc::transfer_encoding_in_1_0;
  const bool chunked = equals_ignoring_case(value, "chunked");
  return ++encodings_ > 1 || !chunked ? gate_errc::bad_transfer_encoding : passed;
}

gate_errc request_parser::check_length(std::string_view value) {
  const bool number =
      !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  return ++lengths_ > 1 || !number ? gate_errc::bad_length : passed;
}

void request_parser::on_field_impl(field name, string_view name_text, string_view value,
                                   error_code& error) {
  // Trailers come here too. Nothing in them may pass for a field of the header (RFC 9110, 6.5.1).
  if (header_done_) return;
  gate_errc verdict = passed;
  const std::string_view text = view(value);
  into_.fields.emplace_back(view(name_text), text);
  switch (name) {
    case field::host: verdict = check_host(text); break;
    case field::transfer_encoding: verdict = check_transfer_encoding(text); break;
    case field::content_length: verdict = check_length(text); break;
    case field::content_type: into_.content_type = text; break;
    case field::content_encoding: into_.content_encoding = text; break;
    case field::expect: into_.expect = text; break;
    case field::unknown:
      if (equals_ignoring_case(view(name_text), "X-Request-Id")) request_id_ = text;
      break;
    default: break;
  }
  if (verdict != passed) error = verdict;
}

void request_parser::on_header_impl(error_code& error) {
  header_done_ = true;
  // HTTP/1.0 has no Host field (RFC 1945), and every browser sends one.
  into_.without_host = hosts_ == 0 && authority_.empty();
  if (!authority_.empty()) into_.host = authority_;
  if (hosts_ == 0 && version_ > 10) error = gate_errc::no_host;
  else if (lengths_ > 0 && encodings_ > 0) error = gate_errc::length_and_encoding;
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  // A length that is only claimed gets no memory before bytes have come.
  constexpr std::uint64_t at_once = 64 * 1024;
  if (length) body_.reserve(static_cast<std::size_t>(std::min(*length, at_once)));
}

std::size_t request_parser::on_body_impl(string_view part, error_code& error) {
  if (part.size() > max_body_bytes_ - received_) {
    error = beast_http::error::body_limit;
    return 0;
  }
  received_ += part.size();
  body_.append(part.data(), part.size());
  return part.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view part, error_code& error) {
  return on_body_impl(part, error);
}

}  // namespace postrider::http
