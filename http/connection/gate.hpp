#pragma once

#include "http/inbound.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "inbound/source_board.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <string>

namespace postrider::http {

/// Mistakes that RFC 9112 forbids and Beast 1.81 lets through.
enum class gate_errc {
  no_host = 1,
  many_hosts,
  bad_host,
  bad_transfer_encoding,
  transfer_encoding_in_1_0,
  length_and_encoding,
  bad_length,
  bad_target,
};
boost::system::error_code make_error_code(gate_errc error);

/// The problem for an error of the parser or the gate: 413, 431 or 400.
problem to_problem(boost::system::error_code error);

/// Beast's parser with the strict gate in its callbacks. It fills a `request` with views into the
/// header block, which therefore has to be given in one piece and to stay in place, and appends the
/// content to `body`. Nothing is allocated for fields that nobody reads.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  /// `sources` may be null; a body for one of them may be as large as that one says.
  request_parser(request& into, std::string& body, std::size_t max_body_bytes,
                 std::shared_ptr<const source_directory> sources = nullptr);

  /// The client's own X-Request-Id; empty when there is none.
  std::string_view client_request_id() const { return request_id_; }
  bool is_http_1_0() const { return version_ == 10; }
  /// The body of this request is taken line by line, and may be longer.
  bool takes_lines() const { return takes_lines_; }

 private:
  using error_code = boost::beast::error_code;
  using field = boost::beast::http::field;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, string_view name, string_view target,
                       int version, error_code& error) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override;
  std::size_t on_body_impl(string_view part, error_code& error) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code& error) override;
  void on_finish_impl(error_code&) override {}

  void find_source();
  gate_errc check_host(std::string_view value);
  gate_errc check_transfer_encoding(std::string_view value);
  gate_errc check_length(std::string_view value);

  request& into_;
  std::string& body_;
  std::size_t max_body_bytes_;
  std::shared_ptr<const source_directory> sources_;
  /// All of the content so far: `body_` may be emptied while it arrives.
  std::size_t received_ = 0;
  std::string_view request_id_;
  /// The authority of a target in absolute-form.
  std::string_view authority_;
  int version_ = 11;
  int hosts_ = 0, lengths_ = 0, encodings_ = 0;
  bool header_done_ = false;
  bool takes_lines_ = false;
};

}  // namespace postrider::http

template <>
struct boost::system::is_error_code_enum<postrider::http::gate_errc> : std::true_type {};
