#include "tools/bench/request_text.hpp"

#include <charconv>
#include <sstream>

namespace postrider::bench {
namespace {

template <typename Number>
void append_number(std::string& out, Number number, std::size_t least_digits = 0) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  if (size < least_digits) out.append(least_digits - size, '0');
  out.append(digits, size);
}

}  // namespace

request_text::request_text(const options& o)
    : target_(o.target), users_(o.users), recipients_(o.recipients), text_bytes_(o.text_bytes) {
  if (target_ == load_target::mail) {
    head_ = "MAIL FROM:<bench@bench.example>\r\nRCPT TO:<" + o.mail_to +
            ">\r\nDATA\r\nFrom: bench@bench.example\r\nTo: " + o.mail_to +
            "\r\nDate: Tue, 01 Dec 2026 00:00:00 +0000\r\nMessage-ID: <";
    return;
  }
  std::ostringstream host;
  host << o.url.endpoint;
  head_ = "POST " + o.url.path +
          std::string(o.target == load_target::postrider ? "/send/message" : "/api/v1/rpc") +
          " HTTP/1.1\r\nHost: " + host.str() + "\r\nContent-Type: application/json\r\n";
  if (!o.key.empty()) head_ += "Authorization: Bearer " + o.key + "\r\n";
  head_ += "Content-Length: ";
}

void request_text::append_message(const job& what, std::string& into) const {
  const std::size_t begin = into.size();
  into += "bench:";
  append_number(into, what.seq);
  into += ':';
  append_number(into, what.start_ns);
  const std::size_t size = into.size() - begin;
  if (size >= text_bytes_) return;
  into += ' ';
  into.append(text_bytes_ - size - 1, 'x');
}

void request_text::append_recipient(const job& what) {
  body_ += "\"+1555";
  append_number(body_, what.seq % recipients_, 7);
  body_ += '"';
}

void request_text::write_postrider_body(const job& what) {
  body_ = "{\"user_id\":";
  append_number(body_, 1 + what.seq % users_);
  body_ += ",\"message\":\"";
  append_message(what, body_);
  body_ += "\",\"recipients\":[";
  append_recipient(what);
  body_ += "]}";
}

void request_text::write_signal_body(const job& what) {
  body_ = "{\"jsonrpc\":\"2.0\",\"method\":\"send\",\"id\":\"";
  append_number(body_, what.seq);
  body_ += "\",\"params\":{\"account\":\"+15550001111\",\"recipient\":[";
  append_recipient(what);
  body_ += "],\"message\":\"";
  append_message(what, body_);
  body_ += "\"}}";
}

void request_text::write_mail(const job& what, std::string& into) const {
  into = head_;
  append_number(into, what.seq);
  into += '.';
  append_number(into, what.start_ns);
  into += "@bench.example>\r\n\r\n";
  append_message(what, into);
  into += "\r\n.\r\n";
}

void request_text::write_request(const job& what, std::string& into) {
  if (target_ == load_target::mail) return write_mail(what, into);
  if (target_ == load_target::postrider) write_postrider_body(what);
  else write_signal_body(what);
  into = head_;
  append_number(into, body_.size());
  into += "\r\n\r\n";
  into += body_;
}

}  // namespace postrider::bench
