#include "tools/postrider/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postrider::cli {

namespace {

constexpr long connect_timeout_ms = 5'000;
constexpr long timeout_ms = 60'000;
constexpr std::size_t max_reply_bytes = 64 * 1024 * 1024;

struct curl_cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > max_reply_bytes) return 0;
  body.append(data, size * count);
  return size * count;
}

/// The data of libcurl's callbacks.
struct line_exchange {
  CURL* curl = nullptr;
  const std::function<std::string()>& next;
  const std::function<bool(std::string_view)>& take;
  http_reply& reply;
  /// The rest of the line that did not fit in the last block.
  std::string rest;
};

std::size_t give_lines(char* into, std::size_t size, std::size_t count, void* of) {
  auto& lines = *static_cast<line_exchange*>(of);
  const std::size_t room = size * count;
  while (lines.rest.size() < room) {
    const auto line = lines.next();
    if (line.empty()) break;
    lines.rest += line;
  }
  const std::size_t given = std::min(room, lines.rest.size());
  std::copy_n(lines.rest.data(), given, into);
  lines.rest.erase(0, given);
  return given;
}

std::size_t take_answers(char* data, std::size_t size, std::size_t count, void* of) {
  auto& lines = *static_cast<line_exchange*>(of);
  long status = 0;
  curl_easy_getinfo(lines.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return collect(data, size, count, &lines.reply.body);
  return lines.take({data, size * count}) ? size * count : 0;
}

/// libcurl has one code for a certificate that nobody trusts and for one of somebody else.
bool is_about_name(std::string_view why) { return why.find("subject name") != why.npos; }

class curl_client final : public http_client {
 public:
  explicit curl_client(server_location server)
      : server_(std::move(server)), handle_(curl_easy_init()) {
    while (server_.url.ends_with('/'))
      server_.url.pop_back();
  }

  outcome<http_reply> send(const std::string& method, const std::string& target,
                           const std::string& body, const std::string& idempotency_key) override {
    http_reply reply;
    std::array<char, CURL_ERROR_SIZE> detail{};
    const auto headers = header_list(body.empty() ? nullptr : "application/json", idempotency_key);
    auto* curl = begin(target, headers.get(), detail.data());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
    if (!body.empty()) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    }
    if (const auto code = curl_easy_perform(curl); code != CURLE_OK)
      return explain(code, detail.data());
    read_head(reply);
    return reply;
  }

  outcome<http_reply> stream(const std::string& target, const std::function<std::string()>& next,
                             const std::function<bool(std::string_view)>& take) override {
    http_reply reply;
    std::array<char, CURL_ERROR_SIZE> detail{};
    const auto headers = header_list("application/x-ndjson");
    auto* curl = begin(target, headers.get(), detail.data());
    line_exchange lines{curl, next, take, reply, {}};
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    // The size is unknown: the body goes in chunks.
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(-1));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_lines);
    curl_easy_setopt(curl, CURLOPT_READDATA, &lines);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &lines);
    // However long it takes, as long as something moves.
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, timeout_ms / 1000);
    if (const auto code = curl_easy_perform(curl); code != CURLE_OK)
      return explain(code, detail.data());
    read_head(reply);
    return reply;
  }

 private:
  /// Sets the options that all requests share.
  CURL* begin(const std::string& target, curl_slist* headers, char* detail) const {
    auto* curl = handle_.get();
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, (server_.url + target).c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "postrider");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!server_.socket.empty())
      curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, server_.socket.c_str());
    if (!server_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server_.ca_file.c_str());
    return curl;
  }

  void read_head(http_reply& reply) const {
    long status = 0;
    const char* type = nullptr;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_TYPE, &type);
    reply.status = static_cast<int>(status);
    curl_off_t again = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &again);
    reply.retry_after = std::chrono::seconds(again);
    if (type != nullptr) reply.content_type = type;
  }

  std::unique_ptr<curl_slist, curl_cleanup> header_list(
      const char* content_type, const std::string& idempotency_key = {}) const {
    curl_slist* list =
        curl_slist_append(nullptr, "Accept: application/json, application/problem+json");
    // Without it libcurl waits for "100 Continue" before it sends a longer body.
    list = curl_slist_append(list, "Expect:");
    if (content_type != nullptr)
      list = curl_slist_append(list, fmt::format("Content-Type: {}", content_type).c_str());
    if (!idempotency_key.empty())
      list = curl_slist_append(list, ("Idempotency-Key: " + idempotency_key).c_str());
    if (!server_.key.empty())
      list = curl_slist_append(list, ("Authorization: Bearer " + server_.key).c_str());
    return std::unique_ptr<curl_slist, curl_cleanup>(list);
  }

  failure explain(CURLcode code, const char* detail) const {
    const std::string why = *detail == '\0' ? curl_easy_strerror(code) : detail;
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
        if (!server_.socket.empty())
          return failure::because(fmt::format("cannot reach the server at its local socket {}: {}",
                                              server_.socket, why));
        return failure::because(
            fmt::format("cannot reach {}: {}; is \"postrider serve\" running there? Another "
                        "server: --url or POSTRIDER_URL",
                        server_.url, why));
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL:
        return failure::because(
            fmt::format("{} is not an http:// or https:// URL: {}", server_.url, why));
      case CURLE_PEER_FAILED_VERIFICATION:
        if (is_about_name(why))
          return failure::because(fmt::format(
              "the certificate of {} is for another name: {}; call it by its own: --url "
              "https://NAME:PORT or POSTRIDER_URL",
              server_.url, why));
        return failure::because(
            fmt::format("{} is not trusted: {}; an authority that the system does not know: "
                        "--ca-file or POSTRIDER_CA_FILE",
                        server_.url, why));
      case CURLE_SSL_CACERT_BADFILE:
        return failure::because(
            fmt::format("the file {} cannot be used: {}", server_.ca_file, why));
      case CURLE_OPERATION_TIMEDOUT:
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
        return failure::because(
            fmt::format("{} gave no answer: {}; it is unknown whether the request was handled",
                        server_.url, why));
      default: return failure::because(fmt::format("{}: {}", server_.url, why));
    }
  }

  server_location server_;
  std::unique_ptr<CURL, curl_cleanup> handle_;
};

}  // namespace

std::unique_ptr<http_client> make_http_client(const server_location& server) {
  return std::make_unique<curl_client>(server);
}

}  // namespace postrider::cli
