#include "actors/providers/transfer/smtp/login.hpp"
#include "actors/providers/transfer/smtp/smtp_exchange.hpp"

/// The beginning of a connection, up to where a message may go over it.
namespace postrider::actors::smtp {

/// `connect_timeout` is for this only: the greeting, EHLO and the login, which servers delay on
/// purpose, have the rest of the time.
wire::awaitable<bool> exchange::connect() {
  on_.deadlines.set(*this, std::min(deadline_, wire::clock::now() + request_.connect_timeout));
  const auto url = wire::parse_smtp_url(request_.url);
  wire::dialer dialer(on_.resolver, on_.executor, connecting_stage_);
  dialer_ = &dialer;
  auto socket = co_await dialer.dial(*url, request_.public_addresses_only);
  dialer_ = nullptr;
  if (!socket) co_return fail(dialer.error(), dialer.error_text());
  connection_ = std::make_unique<connection>(key_, std::move(*socket));
  bool ready = !interrupted_;
  if (ready && url->tls) ready = co_await encrypt();
  if (ready) connecting_stage_ = transfer_stage::connecting;
  if (ready) on_.deadlines.set(*this, deadline_);
  co_return ready;
}

wire::awaitable<bool> exchange::encrypt() {
  connecting_stage_ = transfer_stage::tls_handshake;
  std::string wrong;
  auto* context = on_.tls.get(request_.ca_file, wrong);
  if (!context) co_return fail(transfer_error::tls, std::move(wrong));
  const auto url = wire::parse_smtp_url(request_.url);
  // No protocol is named, as SMTP clients do; servers refuse one that is not theirs.
  auto shaken = co_await connection_->stream.add_tls(*context, url->host, {});
  if (interrupted_) co_return false;
  if (shaken.done) co_return true;
  // One that breaks off says nothing of the server's certificate.
  co_return fail(shaken.certificate_refused ? transfer_error::tls : transfer_error::disconnected,
                 std::move(shaken.reason));
}

wire::awaitable<bool> exchange::be_greeted() {
  bool going = co_await hear();
  if (going) going = is_granted();
  co_return going;
}

/// Old servers know HELO only, which has no extensions; then there is no TLS either.
wire::awaitable<bool> exchange::say_hello() {
  const auto name = ehlo_name(*request_.mail);
  connection_->server = {};
  bool going = co_await say("EHLO " + name);
  if (going) going = co_await hear();
  if (!going) co_return false;
  const bool may_do_without =
      request_.mail->starttls != starttls_policy::required || connection_->stream.is_encrypted();
  const int code = dialogue_.last()->code;
  if (code < 400 || code == 421 || !may_do_without) co_return is_granted();
  going = co_await say("HELO " + name);
  if (going) going = co_await hear();
  if (going) going = is_granted();
  co_return going;
}

wire::awaitable<bool> exchange::start_tls() {
  const auto policy = request_.mail->starttls;
  if (connection_->stream.is_encrypted() || policy == starttls_policy::never) co_return true;
  const bool required = policy == starttls_policy::required;
  if (!connection_->server.starttls)
    co_return !required || fail(transfer_error::tls, "the server has no STARTTLS");
  bool going = co_await say("STARTTLS");
  if (going) going = co_await hear();
  if (!going) co_return false;
  if (dialogue_.last()->code / 100 != 2)
    co_return !required || fail(transfer_error::tls, "the server refused STARTTLS");
  // It would be taken for the answer to what is sent under TLS (CVE-2011-0411).
  if (!connection_->input.empty())
    co_return fail(transfer_error::tls, "the server said more before TLS began");
  going = co_await encrypt();
  // All that the server said without TLS is forgotten (RFC 3207, 4.2).
  if (going) going = co_await say_hello();
  co_return going;
}

wire::awaitable<bool> exchange::log_in() {
  const auto& mail = *request_.mail;
  // Without AUTH the server knows us in another way, or refuses the message.
  if (mail.username.empty() || !connection_->server.auth) co_return true;
  const auto way = choose_login(mail, connection_->server);
  if (!way) co_return fail(transfer_error::login, "the server has no way to log in that we have");
  bool going = co_await say(way->command);
  if (going) going = co_await hear();
  // To one challenge more there is nothing to say: an empty answer ends the login.
  for (std::size_t i = 0; going && dialogue_.last()->code == 334 && i <= way->answers.size(); ++i) {
    std::string answer;
    if (i < way->answers.size()) answer = way->answers[i];
    going = co_await say(std::move(answer));
    if (going) going = co_await hear();
  }
  if (!going) co_return false;
  if (dialogue_.last()->code / 100 == 2) co_return true;
  co_return fail(transfer_error::login, "the server refused the login");
}

}  // namespace postrider::actors::smtp
