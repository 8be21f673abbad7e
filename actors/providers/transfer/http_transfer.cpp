#include "actors/providers/transfer/http_transfer.hpp"

#include "actors/providers/transfer/curl_handle.hpp"
#include "actors/providers/transfer/public_address.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <cstring>
#include <sys/socket.h>

namespace postrider::actors {
namespace {

constexpr std::size_t max_reply_headers = 64;
/// RFC 9110 (10.1.5). Some firewalls refuse what has none.
constexpr const char* user_agent = "Postrider/" POSTRIDER_VERSION;

long milliseconds_of(std::chrono::milliseconds value) {
  return static_cast<long>(std::max<std::int64_t>(value.count(), 1));
}

transfer_error error_named(CURLcode code) {
  switch (code) {
    case CURLE_OK: return transfer_error::none;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT: return transfer_error::bad_request;
    case CURLE_COULDNT_RESOLVE_HOST: return transfer_error::resolve;
    case CURLE_COULDNT_CONNECT: return transfer_error::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return transfer_error::tls;
    case CURLE_OPERATION_TIMEDOUT: return transfer_error::timeout;
    // The connection ended under a request that libcurl would have written again; on_seek or
    // on_request refused.
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE: return transfer_error::disconnected;
    default: return transfer_error::other;
  }
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool breaks_a_header(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
}
bool is_method_character(char c) { return c >= 'A' && c <= 'Z'; }

/// libcurl puts a method and headers on the wire as they are: a line break would begin another
/// header or another request, and a zero would end the text.
bool is_safe(const transfer_request& request) {
  const auto is_clean = [](const std::string& text) {
    return std::none_of(text.begin(), text.end(), breaks_a_header);
  };
  return !request.method.empty() &&
         std::all_of(request.method.begin(), request.method.end(), is_method_character) &&
         is_clean(request.url) &&
         std::all_of(request.headers.begin(), request.headers.end(), is_clean);
}

}  // namespace

http_transfer::http_transfer(const std::function<void(CURL*)>& configure)
    : handle_(curl_easy_init()) {
  set_fixed_options();
  configure(handle_.get());
}

/// Sets the options that are the same for every exchange, once.
void http_transfer::set_fixed_options() {
  auto* h = handle_.get();
  curl_easy_setopt(h, CURLOPT_PRIVATE, this);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
  // Which hosts are called directly is decided here, so that nothing comes from the environment.
  curl_easy_setopt(h, CURLOPT_NOPROXY, "");
  // Also for http, so that a status is never the proxy's where the provider's is expected.
  curl_easy_setopt(h, CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(h, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
  curl_easy_setopt(h, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  curl_easy_setopt(h, CURLOPT_USERAGENT, user_agent);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, &http_transfer::on_open_socket);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, &http_transfer::on_request);
  curl_easy_setopt(h, CURLOPT_PREREQDATA, this);
  // The least that libcurl takes; 64 KiB for each handle in place of what a message needs.
  curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024L);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, &http_transfer::on_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &http_transfer::on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(h, CURLOPT_READFUNCTION, &http_transfer::on_read);
  curl_easy_setopt(h, CURLOPT_READDATA, this);
  curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, &http_transfer::on_seek);
  curl_easy_setopt(h, CURLOPT_SEEKDATA, this);
}

bool http_transfer::begin(transfer_request request, transfer_engine::completion done) {
  return begin_stream(std::move(request), nullptr, std::move(done));
}

bool http_transfer::begin_stream(transfer_request request, transfer_engine::stream_data on_data,
                                 transfer_engine::completion done) {
  request_ = std::move(request);
  on_data_ = std::move(on_data);
  done_ = std::move(done);
  result_ = {};
  body_read_ = 0;
  requested_ = false;
  requested_on_reused_ = false;
  reply_head_complete_ = false;
  reply_too_long_ = false;
  address_refused_ = false;
  reply_started_ = false;
  error_text_[0] = '\0';
  set_timeouts();
  if (!is_safe(request_)) return false;
  set_body();
  return set_headers() &&
         curl_easy_setopt(handle_.get(), CURLOPT_URL, request_.url.c_str()) == CURLE_OK &&
         set_proxy();
}

/// A stream has no end that could be late, only silence, which the engine watches: libcurl's own
/// watch (CURLOPT_LOW_SPEED_TIME) takes a keep-alive of two bytes every 15 seconds for silence.
void http_transfer::set_timeouts() {
  auto* h = handle_.get();
  const bool stream = on_data_ != nullptr;
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(request_.connect_timeout));
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, stream ? 0L : milliseconds_of(request_.timeout));
  heard_at_ = std::chrono::steady_clock::now();
  // The handle may have had others before. With a file of one's own the system's folder would be
  // trusted besides; without one a null pointer would mean: no authorities at all.
  const auto* system = curl_version_info(CURLVERSION_NOW);
  const bool own = !request_.ca_file.empty();
  curl_easy_setopt(h, CURLOPT_CAINFO, own ? request_.ca_file.c_str() : system->cainfo);
  curl_easy_setopt(h, CURLOPT_CAPATH, own ? nullptr : system->capath);
}

curl_socket_t http_transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<http_transfer*>(self);
  // The proxy itself is the operator's choice.
  if (transfer.request_.public_addresses_only && !transfer.proxied_ &&
      !is_public_address(&address->addr)) {
    transfer.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// libcurl calls this whenever a connection is ready for the request. It writes a request again, on
/// a new connection, when a reused one turns out dead before any reply (Curl_retry_request in
/// lib/transfer.c); the peer may have acted on the first by then. That is refused, unless some of
/// the body was never handed out: then the first was surely not whole.
int http_transfer::on_request(void* self, char* peer_ip, char*, int, int) {
  auto& transfer = *static_cast<http_transfer*>(self);
  // The connection may be one that was made for a provider to which all addresses are allowed.
  if (transfer.request_.public_addresses_only && !transfer.proxied_ &&
      !is_public_address(std::string_view(peer_ip))) {
    transfer.address_refused_ = true;
    transfer.requested_ = false;
    return CURL_PREREQFUNC_ABORT;
  }
  if (transfer.requested_ && transfer.is_whole_body_read()) return CURL_PREREQFUNC_ABORT;
  transfer.requested_ = true;
  long new_connections = 0;
  curl_easy_getinfo(transfer.handle(), CURLINFO_NUM_CONNECTS, &new_connections);
  transfer.requested_on_reused_ = new_connections == 0;
  return CURL_PREREQFUNC_OK;
}

/// The body comes from a callback that cannot be rewound, for the same reason: with a body in
/// memory libcurl would write it again silently.
void http_transfer::set_body() {
  auto* h = handle_.get();
  if (request_.method == "GET") {
    curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, nullptr);
    return;
  }
  curl_easy_setopt(h, CURLOPT_POST, 1L);
  curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST,
                   request_.method == "POST" ? nullptr : request_.method.c_str());
  curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
}

bool http_transfer::set_headers() {
  header_list_.reset();
  // Without this libcurl waits a second for "100 Continue" before larger bodies.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : request_.headers) {
    if (auto* longer = list ? curl_slist_append(list, header.c_str()) : nullptr) {
      list = longer;
      continue;
    }
    curl_slist_free_all(list);
    return false;
  }
  header_list_.reset(list);
  return list && curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, list) == CURLE_OK;
}

std::size_t http_transfer::on_read(char* out, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<http_transfer*>(self);
  const auto& body = transfer.request_.body;
  const auto bytes = std::min(size * count, body.size() - transfer.body_read_);
  std::memcpy(out, body.data() + transfer.body_read_, bytes);
  transfer.body_read_ += bytes;
  return bytes;
}

int http_transfer::on_seek(void* self, curl_off_t, int) {
  // Nothing was read yet: there is nothing to write twice.
  return static_cast<http_transfer*>(self)->body_read_ == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

std::size_t http_transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<http_transfer*>(self);
  auto& result = transfer.result_;
  transfer.heard_at_ = std::chrono::steady_clock::now();
  transfer.reply_started_ = true;
  const std::string_view line(data, size * count);
  // An interim reply (1xx) is followed by the real one's status line.
  if (line.starts_with("HTTP/")) {
    result.headers.clear();
    transfer.reply_head_complete_ = false;
  }
  if (trimmed(line).empty()) transfer.reply_head_complete_ = transfer.status() >= 200;
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && result.headers.size() < max_reply_headers)
    result.headers.emplace_back(ascii::lower_case(trimmed(line.substr(0, colon))),
                                trimmed(line.substr(colon + 1)));
  return size * count;
}

std::size_t http_transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<http_transfer*>(self);
  const auto bytes = size * count;
  if (transfer.on_data_) {
    transfer.heard_at_ = std::chrono::steady_clock::now();
    if (transfer.status() == 200) {
      transfer.on_data_(std::string(data, bytes));
      return bytes;
    }
  }
  if (transfer.result_.body.size() + bytes > transfer.request_.max_reply_bytes) {
    transfer.reply_too_long_ = true;
    return 0;
  }
  transfer.result_.body.append(data, bytes);
  return bytes;
}

/// 0 without a reply.
int http_transfer::status() const {
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

transfer_stage http_transfer::stage_reached() const {
  auto* h = handle_.get();
  if (reply_started_)
    return reply_head_complete_ ? transfer_stage::reply_head_complete
                                : transfer_stage::reply_started;
  // When the reused connection died, libcurl may have gone on to a new one, and its counters speak
  // of that.
  if (requested_on_reused_)
    return is_whole_body_read() ? transfer_stage::request_written
                                : transfer_stage::request_partly_written;
  // The time before the request is written: zero as long as the connection is not ready for it.
  if (curl_time(h, CURLINFO_PRETRANSFER_TIME_T) > 0) {
    long request_bytes = 0;
    curl_easy_getinfo(h, CURLINFO_REQUEST_SIZE, &request_bytes);
    const auto uploaded = curl_time(h, CURLINFO_SIZE_UPLOAD_T);
    const bool whole =
        request_bytes > 0 && uploaded >= static_cast<curl_off_t>(request_.body.size());
    return whole ? transfer_stage::request_written : transfer_stage::request_partly_written;
  }
  if (curl_time(h, CURLINFO_CONNECT_TIME_T) > 0) return transfer_stage::tls_handshake;
  return curl_time(h, CURLINFO_NAMELOOKUP_TIME_T) > 0 ? transfer_stage::connecting
                                                      : transfer_stage::resolving;
}

/// Once the request was begun, an error tells of the connection that was lost, whatever libcurl
/// tried afterwards, or of a reply that is not HTTP.
transfer_error http_transfer::error_of(CURLcode code, transfer_stage stage) const {
  const auto error = error_named(code);
  if (stage < transfer_stage::request_partly_written) return proxied_ ? by_proxy(code) : error;
  switch (error) {
    case transfer_error::bad_request: return transfer_error::other;
    case transfer_error::resolve:
    case transfer_error::connect:
    case transfer_error::tls: return transfer_error::disconnected;
    default: return error;
  }
}

void http_transfer::end(CURLcode code) {
  auto* h = handle_.get();
  result_.duration = std::chrono::microseconds(curl_time(h, CURLINFO_TOTAL_TIME_T));
  // libcurl takes a reply that ends within its headers for one without a body.
  if (code == CURLE_OK && !reply_head_complete_)
    return answer(transfer_error::disconnected, transfer_stage::reply_started,
                  "the connection ended within the reply's headers");
  if (code == CURLE_OK) return answer(transfer_error::none, transfer_stage::reply_complete, {});
  // Another of the host's addresses may have been taken after that one.
  if (address_refused_ && !requested_)
    return answer(transfer_error::address_refused, transfer_stage::connecting,
                  "the address is not a public one");
  if (reply_too_long_)
    return answer(transfer_error::reply_too_long, transfer_stage::reply_head_complete,
                  "the reply is longer than is taken");
  auto stage = stage_reached();
  const auto error = error_of(code, stage);
  // libcurl's time of connecting includes the handshake.
  if (error == transfer_error::tls) stage = transfer_stage::tls_handshake;
  answer(error, stage, error_text_[0] ? error_text_ : curl_easy_strerror(code));
}

/// Before the tunnel stands. A proxy that is there and could not reach the peer answers CONNECT
/// with a status.
transfer_error http_transfer::by_proxy(CURLcode code) const {
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_HTTP_CONNECTCODE, &status);
  // 401 is tinyproxy's answer to a wrong password.
  if (status == 407 || status == 401) return transfer_error::proxy_login;
  if (status >= 300) return transfer_error::connect;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_UNSUPPORTED_PROTOCOL: return transfer_error::proxy;
    default: return error_named(code);
  }
}

void http_transfer::refuse() {
  if (address_refused_)
    return answer(transfer_error::address_refused, transfer_stage::not_started,
                  "the proxy is not asked for an address that is not a public one");
  answer(transfer_error::bad_request, transfer_stage::not_started,
         "the request cannot be made: look for control characters in its URL and headers");
}

void http_transfer::end_by_shutdown() {
  answer(transfer_error::shutdown, stage_reached(), "the server was stopped");
}

void http_transfer::end_by_silence() {
  answer(transfer_error::timeout, stage_reached(), "the peer said nothing for too long");
}

void http_transfer::answer(transfer_error error, transfer_stage stage, std::string_view text) {
  result_.error = error;
  if (stage >= transfer_stage::reply_started) result_.status = status();
  result_.stage = stage;
  result_.error_text = text;
  auto done = std::move(done_);
  done_ = nullptr;
  on_data_ = nullptr;
  if (done) done(std::move(result_));
}

}  // namespace postrider::actors
