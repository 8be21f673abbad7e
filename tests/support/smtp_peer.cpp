#include "tests/support/smtp_peer.hpp"

#include <algorithm>
#include <csignal>
#include <memory>

namespace postrider::tests {
namespace {

struct tls_deleter {
  void operator()(SSL* tls) const { SSL_free(tls); }
};

}  // namespace

/// One connection, plain at first.
class smtp_peer::conversation {
 public:
  conversation(smtp_peer& peer, transfer_peer::connection& client, smtp_behaviour behaviour)
      : peer_(peer), client_(client), does_(std::move(behaviour)) {}

  void run() {
    if (does_.tls_first && !begin_tls()) return;
    if (!say(does_.greeting)) return;
    while (answer(hear())) {
    }
  }

 private:
  bool begin_tls() {
    // OpenSSL writes without MSG_NOSIGNAL.
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    tls_.reset(SSL_new(does_.tls));
    SSL_set_fd(tls_.get(), client_.socket());
    return SSL_accept(tls_.get()) == 1;
  }

  bool send(std::string_view text) {
    if (tls_) return SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())) > 0;
    client_.send(text);
    return true;
  }

  /// False when the connection is over.
  bool say(const std::string& reply) {
    if (reply == drop) return false;
    if (reply == reset) return client_.reset(), false;
    if (reply == silence) return client_.hold(), false;
    return send(reply + "\r\n") && !reply.starts_with("421");
  }

  std::string read_piece() {
    if (!tls_) return client_.read_bytes(1);
    char c = 0;
    if (SSL_pending(tls_.get()) == 0 && !client_.wait()) return {};
    return SSL_read(tls_.get(), &c, 1) == 1 ? std::string(1, c) : std::string();
  }

  /// With its line end; empty when the client is gone.
  std::string read_line() {
    std::string line;
    while (!line.ends_with("\r\n")) {
      const auto piece = read_piece();
      if (piece.empty()) return {};
      line += piece;
      if (receiving_ && does_.drop_after_bytes > 0 && ++received_ >= does_.drop_after_bytes)
        return {};
    }
    return line;
  }

  std::string hear() {
    auto line = read_line();
    if (line.empty()) return {};
    line.resize(line.size() - 2);
    const std::lock_guard lock(peer_.mutex_);
    peer_.heard_.push_back(line);
    peer_.changed_.notify_all();
    return line;
  }

  bool answer(const std::string& command) {
    if (command.empty()) return false;
    if (command.starts_with("EHLO")) return say(does_.ehlo);
    if (command.starts_with("HELO")) return say(does_.helo);
    if (command.starts_with("STARTTLS"))
      return say(does_.starttls) && (!does_.starttls.starts_with("220") || begin_tls());
    if (command.starts_with("AUTH LOGIN"))
      return say("334 UGFzc3dvcmQ6") && !hear().empty() && say(does_.auth);
    if (command.starts_with("AUTH")) return say(does_.auth);
    if (command.starts_with("MAIL")) return say(either(does_.mail, does_.later_mail));
    if (command.starts_with("RCPT")) return say(either(does_.rcpt, does_.later_rcpt));
    if (command.starts_with("DATA")) {
      const auto& reply = either(does_.data, does_.later_data);
      return say(reply) && (!reply.starts_with("354") || take_message());
    }
    if (command.starts_with("QUIT")) return say(does_.quit), false;
    return say("500 what?");
  }

  const std::string& either(const std::string& first, const std::string& later) const {
    return messages_ == 0 || later.empty() ? first : later;
  }

  bool take_message() {
    std::string message;
    receiving_ = true;
    for (;;) {
      const auto line = read_line();
      if (line.empty()) return false;
      if (line == ".\r\n") break;
      message += line.starts_with('.') ? line.substr(1) : line;
    }
    receiving_ = false;
    {
      const std::lock_guard lock(peer_.mutex_);
      peer_.messages_.push_back(std::move(message));
      peer_.changed_.notify_all();
    }
    if (!say(does_.message)) return false;
    return ++messages_ != does_.messages_per_connection ||
           say("421 4.4.2 mx.test idle for too long");
  }

  smtp_peer& peer_;
  transfer_peer::connection& client_;
  smtp_behaviour does_;
  std::unique_ptr<SSL, tls_deleter> tls_;
  bool receiving_ = false;
  std::size_t received_ = 0;
  int messages_ = 0;
};

smtp_peer::smtp_peer(std::vector<smtp_behaviour> each)
    : behaviours_(std::move(each)),
      peer_([this](transfer_peer::connection& client) { serve(client); }) {}

void smtp_peer::serve(transfer_peer::connection& client) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = std::min(served_++, behaviours_.size() - 1);
  }
  conversation(*this, client, behaviours_[number]).run();
}

std::vector<std::string> smtp_peer::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

std::vector<std::string> smtp_peer::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

bool smtp_peer::wait_for(const std::function<bool()>& reached) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60), reached);
}

bool smtp_peer::wait_until_heard(std::string_view command) const {
  return wait_for([&] { return std::find(heard_.begin(), heard_.end(), command) != heard_.end(); });
}

bool smtp_peer::wait_for_messages(std::size_t count) const {
  return wait_for([&] { return messages_.size() >= count; });
}

}  // namespace postrider::tests
