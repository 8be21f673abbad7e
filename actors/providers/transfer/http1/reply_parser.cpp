#include "actors/providers/transfer/http1/reply_parser.hpp"

#include "actors/providers/transfer/http1/header_line.hpp"
#include "base/ascii.hpp"

#include <boost/asio/buffer.hpp>
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

/// Up to and with the empty line; npos while that is still to come.
std::size_t head_size(std::string_view text, std::size_t from) {
  for (auto end = text.find('\n', from); end != text.npos; end = text.find('\n', end + 1)) {
    const auto next = text.substr(end + 1);
    if (next.starts_with('\n')) return end + 2;
    if (next.starts_with("\r\n")) return end + 3;
  }
  return text.npos;
}

bool says_chunked(std::string_view line) {
  if (!is_named(line, "Transfer-Encoding")) return false;
  const auto value = ascii::lower_case(line);
  return value.substr(0, value.find_last_not_of(" \t") + 1).ends_with("chunked");
}

/// Takes the next line from the front, without its end: CRLF, or LF alone.
std::string_view take_line(std::string_view& head) {
  const auto end = head.find('\n');
  auto line = head.substr(0, end);
  head.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_chunked(std::string_view head) {
  while (!head.empty())
    if (says_chunked(take_line(head))) return true;
  return false;
}

/// The head as Beast takes it, with what real servers do otherwise: lines that end with LF alone
/// (RFC 9112, 2.2 lets us take these), a status line without the space in front of a reason that is
/// not there ("HTTP/1.1 200"; section 4), and a Content-Length beside chunks, which counts for
/// nothing (6.3).
std::string in_usual_form(std::string_view head) {
  constexpr std::size_t without_reason = std::string_view("HTTP/1.1 200").size();
  const bool chunked = is_chunked(head);
  std::string text;
  text.reserve(head.size() + 64);
  text.append(take_line(head));
  if (text.size() == without_reason) text += ' ';
  text += "\r\n";
  while (!head.empty()) {
    const auto line = take_line(head);
    if (chunked && is_named(line, "Content-Length")) continue;
    text.append(line).append("\r\n");
  }
  return text;
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
    if (!parser_->is_header_done()) {
      const auto head = take_head(buffer);
      if (head != state::complete) return head;
    }
    boost::system::error_code error;
    if (!parser_->is_done() && buffer.size() > 0)
      buffer.consume(parser_->put(buffer.data(), error));
    if (parser_->is_too_long()) return state::too_long;
    if (error && error != beast::http::error::need_more) return is_not_http(error.message());
    if (!parser_->is_done()) return state::incomplete;
    if (!parser_->is_interim()) return state::complete;
    if (interim_replies_ == max_interim_replies) return is_not_http("interim replies without end");
    begin_next();
  }
}

/// Complete when the head is read and taken from the buffer.
reply_reader::state reply_reader::take_head(beast::flat_buffer& buffer) {
  const std::string_view text(static_cast<const char*>(buffer.data().data()), buffer.size());
  const auto size = head_size(text, head_searched_);
  if (std::min(size, text.size()) > max_head_bytes) return is_not_http("its head is too long");
  // An end that begins there may be found with the next bytes.
  head_searched_ = text.size() < 3 ? 0 : text.size() - 3;
  if (size == text.npos) return state::incomplete;
  const auto head = in_usual_form(text.substr(0, size));
  head_searched_ = 0;
  buffer.consume(size);
  boost::system::error_code error;
  parser_->put(boost::asio::buffer(head), error);
  if (error && error != beast::http::error::need_more) return is_not_http(error.message());
  return parser_->is_header_done() ? state::complete : is_not_http("its head cannot be read");
}

reply_reader::state reply_reader::is_not_http(const std::string& why) {
  error_text_ = "the reply is not HTTP: " + why;
  return state::not_http;
}

reply_reader::state reply_reader::take_end() {
  if (!parser_->got_some()) return state::incomplete;
  boost::system::error_code error;
  parser_->put_eof(error);
  const bool complete = !error && parser_->is_done() && !parser_->is_interim();
  return complete ? state::complete : state::incomplete;
}

}  // namespace postrider::actors::http1
