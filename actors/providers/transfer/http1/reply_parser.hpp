#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <optional>

namespace postrider::actors::http1 {

/// One reply's syntax is Beast's; its parts go straight into the result.
class reply_parser final : public boost::beast::http::basic_parser<false> {
 public:
  /// `on_data` takes the body of a 200 piece by piece; null: the body is collected.
  reply_parser(transfer_result& result, const transfer_engine::stream_data& on_data,
               std::size_t max_body_bytes);

  bool is_interim() const { return status_ < 200; }
  bool is_too_long() const { return too_long_; }

 private:
  using error_code = boost::system::error_code;
  using text = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int status, text reason, int version, error_code&) override;
  void on_field_impl(boost::beast::http::field, text name, text value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text piece, error_code& error) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text piece, error_code& error) override;
  void on_finish_impl(error_code&) override {}

  transfer_result& result_;
  const transfer_engine::stream_data& on_data_;
  std::size_t max_body_bytes_;
  int status_ = 0;
  bool too_long_ = false;
};

/// The reply to one request, from the bytes as they come. Interim replies (1xx) are passed over.
class reply_reader {
 public:
  enum class state : std::uint8_t { incomplete, complete, not_http, too_long };

  /// Moves the result's stage as the reply goes on. `on_data` and `result` outlive the reader.
  reply_reader(transfer_result& result, const transfer_engine::stream_data& on_data,
               std::size_t max_body_bytes);

  /// The reply to a CONNECT or HEAD has no body, whatever its headers say.
  void expect_no_body();

  /// Takes what belongs to the reply from the buffer.
  state take(boost::beast::flat_buffer& buffer);
  /// The peer ended the connection. A reply without a length ends like that.
  state take_end();
  /// Once complete: whether the peer takes another request on this connection.
  bool keeps_connection() const { return parser_->keep_alive(); }
  /// Why it is not HTTP.
  const std::string& error_text() const { return error_text_; }

 private:
  void begin_next();
  state take_head(boost::beast::flat_buffer& buffer);
  state is_not_http(const std::string& why);

  transfer_result& result_;
  const transfer_engine::stream_data& on_data_;
  std::size_t max_body_bytes_;
  bool without_body_ = false;
  int interim_replies_ = 0;
  /// Bytes of the head so far in which its end is not.
  std::size_t head_searched_ = 0;
  std::optional<reply_parser> parser_;
  std::string error_text_;
};

}  // namespace postrider::actors::http1
