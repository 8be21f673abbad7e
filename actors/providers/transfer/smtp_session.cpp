#include "actors/providers/transfer/smtp_session.hpp"

#include "actors/providers/transfer/curl_handle.hpp"
#include "actors/providers/transfer/public_address.hpp"

#include <algorithm>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

long ssl_level(starttls_policy policy) {
  switch (policy) {
    case starttls_policy::required: return CURLUSESSL_ALL;
    case starttls_policy::optional: return CURLUSESSL_TRY;
    case starttls_policy::never: return CURLUSESSL_NONE;
  }
  return CURLUSESSL_ALL;
}

/// libcurl may reuse a connection whatever it was greeted with or how it was secured, so all that
/// counts is compared here.
std::string key_of(const transfer_request& request) {
  const auto& mail = *request.mail;
  std::string key;
  for (const auto& part : {request.url, mail.helo, mail.username, mail.password, mail.mechanism,
                           request.ca_file, std::to_string(static_cast<int>(mail.starttls)),
                           std::to_string(request.public_addresses_only)})
    key.append(part).push_back('\0');
  return key;
}

transfer_result not_started(transfer_error error, std::string text) {
  transfer_result result;
  result.error = error;
  result.error_text = std::move(text);
  return result;
}

}  // namespace

transfer_result smtp_session::perform(const transfer_request& request, clock::time_point deadline) {
  const auto started = clock::now();
  if (auto refusal = mail_request_refusal(request); !refusal.empty())
    return not_started(transfer_error::bad_request, std::move(refusal));
  if (stopped_) return not_started(transfer_error::shutdown, "the server was stopped");
  if (started >= deadline)
    return not_started(transfer_error::timeout, "no connection became free in time");
  request_ = &request;
  deadline_ = deadline;
  if (!open_for(request) || !set_request()) {
    close();
    return not_started(transfer_error::bad_request, "libcurl refuses the request: look at `url`");
  }
  auto code = try_once(false);
  if (kept_connection_failed(code)) code = try_once(true);
  auto result = result_of(code);
  result.duration = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - started);
  // libcurl keeps a connection whose reply to the message did not come in time, and would take that
  // reply, should it come later, for the one to the next message.
  if (!result.complete()) close();
  request_ = nullptr;
  return result;
}

// ---- the handle --------------------------------------------------------------------------------

bool smtp_session::open_for(const transfer_request& request) {
  auto key = key_of(request);
  if (handle_ && key == connection_key_) return true;
  close();
  handle_.reset(curl_easy_init());
  if (!handle_) return false;
  connection_key_ = std::move(key);
  auto* h = handle_.get();
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  // Otherwise libcurl waits for a resolver that hangs.
  curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(h, CURLOPT_PROXY, "");
  curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 1L);
  curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, static_cast<long>(max_idle_age_.count()));
  curl_easy_setopt(h, CURLOPT_SASL_IR, 1L);
  curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, &smtp_session::on_progress);
  curl_easy_setopt(h, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, &smtp_session::on_open);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, &smtp_session::on_close);
  curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, this);
  curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, &smtp_session::on_debug);
  curl_easy_setopt(h, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, &smtp_session::on_reply);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, this);
  // Without CURLOPT_INFILESIZE, with which libcurl ends the message by its own count of bytes: so
  // the end in on_read means that all before it is written.
  curl_easy_setopt(h, CURLOPT_READFUNCTION, &smtp_session::on_read);
  curl_easy_setopt(h, CURLOPT_READDATA, this);
  set_tls();
  set_login(*request.mail);
  const auto url = request.url + (request.url.ends_with('/') ? "" : "/") + request.mail->helo;
  return curl_easy_setopt(h, CURLOPT_URL, url.c_str()) == CURLE_OK;
}

void smtp_session::set_tls() {
  auto* h = handle_.get();
  curl_easy_setopt(h, CURLOPT_USE_SSL, ssl_level(request_->mail->starttls));
  if (request_->ca_file.empty()) return;
  curl_easy_setopt(h, CURLOPT_CAINFO, request_->ca_file.c_str());
  // Otherwise the system's authorities would be trusted too.
  curl_easy_setopt(h, CURLOPT_CAPATH, nullptr);
}

void smtp_session::set_login(const mail_envelope& mail) {
  auto* h = handle_.get();
  if (mail.username.empty()) return;
  curl_easy_setopt(h, CURLOPT_USERNAME, mail.username.c_str());
  // libcurl prefers what the server offers of GSSAPI, NTLM and the like, for which there is no more
  // than a password here.
  const auto options =
      mail.mechanism.empty() ? std::string("AUTH=PLAIN;AUTH=LOGIN") : "AUTH=" + mail.mechanism;
  curl_easy_setopt(h, CURLOPT_LOGIN_OPTIONS, options.c_str());
  curl_easy_setopt(h, mail.mechanism == "XOAUTH2" ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD,
                   mail.password.c_str());
}

bool smtp_session::set_request() {
  auto* h = handle_.get();
  recipients_.reset(curl_slist_append(nullptr, request_->mail->to.c_str()));
  return recipients_ &&
         curl_easy_setopt(h, CURLOPT_MAIL_FROM, request_->mail->from.c_str()) == CURLE_OK &&
         curl_easy_setopt(h, CURLOPT_MAIL_RCPT, recipients_.get()) == CURLE_OK;
}

/// libcurl counts the greeting, EHLO and the login as connecting, for which servers may take long;
/// so it is given the whole time for that, and on_progress watches what is meant here.
CURLcode smtp_session::try_once(bool fresh_connection) {
  auto* h = handle_.get();
  const auto now = clock::now();
  const auto left = std::max<milliseconds>(std::chrono::ceil<milliseconds>(deadline_ - now), 1ms);
  connect_deadline_ = now + request_->connect_timeout;
  dialogue_ = {};
  body_read_ = 0;
  address_refused_ = reply_too_long_ = false;
  error_text_[0] = '\0';
  curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(h, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   static_cast<long>(std::chrono::ceil<std::chrono::seconds>(left).count()));
  return curl_easy_perform(h);
}

/// Servers close idle connections, some after saying 421. Others take so many messages over one
/// connection and refuse the next with any 4xx, to MAIL (OpenSMTPD, Exim) or to DATA (Stalwart).
/// Nothing was sent, so a new connection may try.
bool smtp_session::kept_connection_failed(CURLcode code) const {
  if (code == CURLE_OK || stopped_) return false;
  long connections = 1;
  curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &connections);
  if (connections != 0) return false;
  const auto* last = dialogue_.last();
  if (!last) return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR;
  const bool before_message =
      last->command == smtp_command::mail || last->command == smtp_command::data;
  return dialogue_.is_answered() && before_message && last->code / 100 == 4;
}

void smtp_session::close() {
  // QUIT is still written, but its answer reads as the end: nobody waits for it.
  shut_down_sockets(SHUT_RD);
  handle_.reset();
}

void smtp_session::stop() {
  stopped_ = true;
  shut_down_sockets(SHUT_RDWR);
}

void smtp_session::shut_down_sockets(int how) {
  const std::lock_guard lock(sockets_mutex_);
  for (const auto socket : sockets_)
    ::shutdown(socket, how);
}

// ---- callbacks ---------------------------------------------------------------------------------

curl_socket_t smtp_session::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& session = *static_cast<smtp_session*>(self);
  if (session.request_->public_addresses_only && !is_public_address(&address->addr)) {
    session.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  const std::lock_guard lock(session.sockets_mutex_);
  if (session.stopped_) return CURL_SOCKET_BAD;
  const auto socket =
      ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket >= 0) session.sockets_.push_back(socket);
  return socket;
}

int smtp_session::on_close(void* self, curl_socket_t socket) {
  auto& session = *static_cast<smtp_session*>(self);
  const std::lock_guard lock(session.sockets_mutex_);
  std::erase(session.sockets_, socket);
  return ::close(socket);
}

/// Called at least once a second, whatever libcurl waits for.
int smtp_session::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& session = *static_cast<smtp_session*>(self);
  const auto now = clock::now();
  if (session.stopped_ || now >= session.deadline_) return 1;
  return now >= session.connect_deadline_ && !session.is_connected();
}

bool smtp_session::is_connected() const {
  if (dialogue_.is_begun()) return true;
  const bool tls_first = request_->url.starts_with("smtps:");
  return curl_time(handle_.get(),
                   tls_first ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T) > 0;
}

int smtp_session::on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& session = *static_cast<smtp_session*>(self);
  if (type != CURLINFO_HEADER_OUT) return 0;
  session.dialogue_.sent({data, size});
  if (session.dialogue_.is_quit()) session.shut_down_sockets(SHUT_RD);
  return 0;
}

std::size_t smtp_session::on_reply(char* data, std::size_t size, std::size_t count, void* self) {
  auto& session = *static_cast<smtp_session*>(self);
  session.dialogue_.received({data, size * count});
  if (session.dialogue_.bytes_received() > session.request_->max_reply_bytes) {
    session.reply_too_long_ = true;
    return 0;
  }
  return size * count;
}

std::size_t smtp_session::on_read(char* out, std::size_t size, std::size_t count, void* self) {
  auto& session = *static_cast<smtp_session*>(self);
  const auto& body = session.request_->body;
  const auto bytes = std::min(size * count, body.size() - session.body_read_);
  std::memcpy(out, body.data() + session.body_read_, bytes);
  session.body_read_ += bytes;
  if (bytes == 0) session.dialogue_.end_of_message();
  return bytes;
}

// ---- what it means -----------------------------------------------------------------------------

transfer_stage smtp_session::stage_reached() const {
  if (dialogue_.is_begun()) return dialogue_.stage();
  auto* h = handle_.get();
  if (curl_time(h, CURLINFO_CONNECT_TIME_T) > 0)
    return request_->url.starts_with("smtps:") && curl_time(h, CURLINFO_APPCONNECT_TIME_T) == 0
               ? transfer_stage::tls_handshake
               : transfer_stage::connecting;
  return curl_time(h, CURLINFO_NAMELOOKUP_TIME_T) > 0 ? transfer_stage::connecting
                                                      : transfer_stage::resolving;
}

transfer_error smtp_session::error_of(CURLcode code) const {
  if (stopped_) return transfer_error::shutdown;
  if (address_refused_) return transfer_error::address_refused;
  if (reply_too_long_) return transfer_error::reply_too_long;
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT: return transfer_error::bad_request;
    case CURLE_COULDNT_RESOLVE_HOST: return transfer_error::resolve;
    case CURLE_COULDNT_CONNECT: return transfer_error::connect;
    // Without a certificate that is trusted, or without STARTTLS where it is required.
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED: return transfer_error::tls;
    case CURLE_LOGIN_DENIED: return transfer_error::login;
    // on_progress ends what is late.
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_OPERATION_TIMEDOUT: return transfer_error::timeout;
    // A handshake that breaks off is a lost connection.
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return transfer_error::disconnected;
    default: return transfer_error::other;
  }
}

/// Any reply to the whole message is the end of the exchange, and so is a command refused; libcurl
/// has an error for each but 250. Logins and STARTTLS have errors of their own.
bool smtp_session::is_complete(CURLcode code) const {
  if (code == CURLE_OK) return true;
  if (!dialogue_.is_answered()) return false;
  const auto& last = *dialogue_.last();
  if (last.command == smtp_command::message) return true;
  return last.code >= 400 && last.command != smtp_command::auth &&
         last.command != smtp_command::starttls;
}

std::string smtp_session::text_of(CURLcode code, transfer_error error) const {
  if (error == transfer_error::shutdown) return "the server was stopped";
  if (error == transfer_error::address_refused) return "the address is not a public one";
  if (error == transfer_error::reply_too_long) return "the replies are longer than is taken";
  if (code == CURLE_ABORTED_BY_CALLBACK) return "no answer in time";
  return error_text_[0] ? error_text_ : curl_easy_strerror(code);
}

transfer_result smtp_session::result_of(CURLcode code) {
  transfer_result result;
  if (const auto* last = dialogue_.last()) result.status = last->code;
  if (is_complete(code)) {
    result.stage = transfer_stage::reply_complete;
  } else {
    result.error = error_of(code);
    result.stage = stage_reached();
    result.error_text = text_of(code, result.error);
    // With smtps:// libcurl's time of connecting may include the handshake.
    const bool handshake = result.error == transfer_error::tls || code == CURLE_SSL_CONNECT_ERROR;
    if (handshake && !dialogue_.is_begun()) result.stage = transfer_stage::tls_handshake;
  }
  result.replies = dialogue_.take_replies();
  return result;
}

// ---- what may go to a server -------------------------------------------------------------------

namespace {

bool is_unsafe(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>';
}

/// It becomes the path of a URL.
bool is_helo_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".-_:[]").find(c) != std::string_view::npos;
}

bool has_bare_line_end(std::string_view body) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\n') return true;
    if (body[i] != '\r') continue;
    if (i + 1 == body.size() || body[i + 1] != '\n') return true;
    ++i;
  }
  return false;
}

}  // namespace

std::string mail_request_refusal(const transfer_request& request) {
  if (!request.mail) return "this is not a request by SMTP";
  const auto& mail = *request.mail;
  const auto is_clean = [](const std::string& text) {
    return std::none_of(text.begin(), text.end(), is_unsafe);
  };
  if (mail.to.empty()) return "the message has no recipient";
  if (!is_clean(mail.from) || !is_clean(mail.to))
    return "an address has spaces, control characters, < or > in it";
  if (!std::all_of(mail.helo.begin(), mail.helo.end(), is_helo_character))
    return "the name for EHLO is not a host name";
  if (!is_clean(mail.username) || !is_clean(mail.mechanism) || !is_clean(request.url))
    return "the URL, user name or mechanism has spaces, control characters, < or > in it";
  if (mail.password.find('\0') != std::string::npos) return "the password has a zero byte in it";
  if (request.body.empty()) return "the message is empty";
  if (has_bare_line_end(request.body)) return "the message has a line end that is not CRLF";
  return {};
}

}  // namespace postrider::actors
