#include "http/response.hpp"

#include "base/time_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace postrider::http {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_number(std::string& out, auto value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

/// draft-ietf-httpapi-ratelimit-headers-10: `r` requests are left, and `t` seconds from now there
/// are more.
void append_rate(std::string& out, const actors::request_budget& rate) {
  fmt::format_to(std::back_inserter(out),
                 "RateLimit-Policy: \"key\";q={};w=60\r\nRateLimit: \"key\";r={};t={}\r\n",
                 rate.limit, rate.remaining, rate.reset.count());
}

/// RFC 9110, 6.6.1 asks every origin server with a clock for it; written once a second.
std::string_view date_now() {
  thread_local std::chrono::sys_seconds written{};
  thread_local std::string text;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != written) {
    written = now;
    text = to_http_date(now);
  }
  return text;
}

/// All of the head but what says how long the content is.
void append_head(std::string& out, const response& answer, const framing& how) {
  out.append("HTTP/1.1 ");
  append_number(out, answer.status);
  out.append(" ").append(reason_phrase(answer.status)).append("\r\n");
  append_field(out, "Date", date_now());
  append_field(out, "X-Request-Id", how.request_id);
  append_field(out, "Content-Type", answer.content_type);
  append_field(out, "Location", answer.location);
  append_field(out, "Allow", answer.allow);
  append_field(out, "Set-Cookie", answer.cookie);
  append_field(out, "WWW-Authenticate", answer.authenticate);
  if (answer.rate) append_rate(out, *answer.rate);
  if (answer.retry_after) {
    out.append("Retry-After: ");
    append_number(out, answer.retry_after->count());
    out.append("\r\n");
  }
  if (answer.replayed) append_field(out, "Idempotency-Replayed", "true");
  out.append(answer.fixed_fields);
  if (how.close) append_field(out, "Connection", "close");
  else if (how.http_1_0) append_field(out, "Connection", "keep-alive");
}

}  // namespace

void response::clear() {
  // A large answer's memory is not kept for the connection's whole life.
  constexpr std::size_t kept = 64 * 1024;
  if (body.capacity() > kept) std::string().swap(body);
  status = 200;
  content_type = "application/json";
  body.clear();
  location.clear();
  allow.clear();
  authenticate.clear();
  cookie.clear();
  rate.reset();
  retry_after.reset();
  fixed_fields = {};
  replayed = false;
  wrong_key = false;
  signed_in.reset();
  source = {};
  close = false;
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "";
  }
}

void append_response(std::string& out, const response& answer, const framing& how) {
  append_head(out, answer, how);
  // RFC 9110, 8.6: not with 204.
  if (answer.status != 204) {
    out.append("Content-Length: ");
    append_number(out, answer.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
  if (!how.head) out.append(answer.body);
}

void append_stream_head(std::string& out, const response& answer, const framing& how) {
  append_head(out, answer, how);
  if (!how.http_1_0) append_field(out, "Transfer-Encoding", "chunked");
  out.append("\r\n");
}

void append_chunk(std::string& out, std::string_view content) {
  if (content.empty()) return;  // An empty chunk is the end of the content.
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", content.size());
  out.append(content).append("\r\n");
}

}  // namespace postrider::http
