#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <string_view>

namespace postrider::provider_sim {

// A request as a request_parser reads it; the session owns it and reuses its memory.
struct request_parts {
  std::string method;
  std::string target;
  std::string content_type;
  std::string body;
  std::string authorization;
  std::string webhook_id, webhook_timestamp, webhook_signature;
  bool expects_continue = false;

  void clear();
};

// Beast's HTTP/1 parser, which keeps only what the simulator looks at. A new one is made for every
// request and allocates nothing.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit request_parser(request_parts& into);

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;

  void on_request_impl(verb, text method, text target, int, error_code& ec) override;
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(field name, text, text value, error_code& ec) override;
  void on_unknown_field(text name, text value);
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text body, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  request_parts& into_;
};

}  // namespace postrider::provider_sim
