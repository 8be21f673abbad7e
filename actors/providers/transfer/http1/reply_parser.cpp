#include "actors/providers/transfer/http1/reply_parser.hpp"

#include "base/ascii.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace postrider::actors::http1 {
namespace {

namespace beast = boost::beast;

constexpr std::size_t max_reply_headers = 64;
/// The status line and all headers of one reply.
constexpr std::uint32_t max_head_bytes = 64 * 1024;
/// A peer that sends them without end sends no reply.
constexpr int max_interim_replies = 64;

/// Some servers leave out the space in front of a reason that they do not have ("HTTP/1.1 200").
/// RFC 9112 (4) wants it, and Beast does, but nothing else can be meant.
void mend_status_line(beast::flat_buffer& buffer) {
  const std::string_view head(static_cast<const char*>(buffer.data().data()), buffer.size());
  constexpr std::size_t at = std::string_view("HTTP/1.1 200").size();
  if (!head.starts_with("HTTP/1.") || head.size() < at + 2 || head.substr(at, 2) != "\r\n") return;
  auto mended = std::string(head).insert(at, 1, ' ');
  buffer.clear();
  const auto into = buffer.prepare(mended.size());
  std::ranges::copy(mended, static_cast<char*>(into.data()));
  buffer.commit(mended.size());
}

}  // namespace

reply_parser::reply_parser(transfer_result& result, const transfer_engine::stream_data& on_data,
                           std::size_t max_body_bytes)
    : result_(result), on_data_(on_data), max_body_bytes_(max_body_bytes) {
  eager(true);
  header_limit(max_head_bytes);
  body_limit(boost::none);  // It would refuse by Content-Length alone, before the status is known.
}

void reply_parser::on_response_impl(int status, text, int, error_code&) {
  status_ = status;
  if (!is_interim()) result_.status = status;
}

void reply_parser::on_field_impl(beast::http::field, text name, text value, error_code&) {
  if (is_interim() || result_.headers.size() >= max_reply_headers) return;
  result_.headers.emplace_back(ascii::lower_case({name.data(), name.size()}),
                               std::string(value.data(), value.size()));
}

void reply_parser::on_header_impl(error_code&) {
  if (!is_interim()) result_.stage = transfer_stage::reply_head_complete;
}

std::size_t reply_parser::on_body_impl(text piece, error_code& error) {
  if (on_data_ && status_ == 200) {
    on_data_(std::string(piece.data(), piece.size()));
    return piece.size();
  }
  if (piece.size() > max_body_bytes_ - result_.body.size()) {
    too_long_ = true;
    error = beast::http::error::body_limit;
    return 0;
  }
  result_.body.append(piece.data(), piece.size());
  return piece.size();
}

std::size_t reply_parser::on_chunk_body_impl(std::uint64_t, text piece, error_code& error) {
  return on_body_impl(piece, error);
}

reply_reader::reply_reader(transfer_result& result, const transfer_engine::stream_data& on_data,
                           std::size_t max_body_bytes)
    : result_(result), on_data_(on_data), max_body_bytes_(max_body_bytes) {
  parser_.emplace(result_, on_data_, max_body_bytes_);
}

void reply_reader::expect_no_body() {
  without_body_ = true;
  parser_->skip(true);
}

/// After an interim reply.
void reply_reader::begin_next() {
  parser_.emplace(result_, on_data_, max_body_bytes_);
  parser_->skip(without_body_);
  ++interim_replies_;
}

reply_reader::state reply_reader::take(beast::flat_buffer& buffer) {
  for (;;) {
    if (result_.stage < transfer_stage::reply_started && buffer.size() > 0)
      result_.stage = transfer_stage::reply_started;
    if (!parser_->is_header_done()) mend_status_line(buffer);
    boost::system::error_code error;
    buffer.consume(parser_->put(buffer.data(), error));
    if (parser_->is_too_long()) return state::too_long;
    if (error && error != beast::http::error::need_more) {
      error_text_ = "the reply is not HTTP: " + error.message();
      return state::not_http;
    }
    if (!parser_->is_done()) return state::incomplete;
    if (!parser_->is_interim()) return state::complete;
    if (interim_replies_ == max_interim_replies) {
      error_text_ = "interim replies without end";
      return state::not_http;
    }
    begin_next();
    if (buffer.size() == 0) return state::incomplete;
  }
}

reply_reader::state reply_reader::take_end() {
  if (!parser_->got_some()) return state::incomplete;
  boost::system::error_code error;
  parser_->put_eof(error);
  const bool complete = !error && parser_->is_done() && !parser_->is_interim();
  return complete ? state::complete : state::incomplete;
}

}  // namespace postrider::actors::http1
