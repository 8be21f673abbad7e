#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postrider::tests {

/// The other end of a transfer, on a port of its own on loopback: does to each connection exactly
/// what its script says, and remembers what came. Every wait ends after ten seconds.
class transfer_peer {
 public:
  /// The connection, as a script can use it. It is closed when the script returns.
  class connection {
   public:
    /// A whole request: head and a body as long as Content-Length says. Empty when the client
    /// closed.
    std::string read_request();
    /// Exactly so many bytes; fewer when the client closed.
    std::string read_bytes(std::size_t count);
    /// Until there is something to read, for those who read from the socket themselves; false when
    /// the peer ends.
    bool wait() const;
    void send(std::string_view text);
    /// Ends what we send; what the client sends is read until it closes too.
    void finish();
    void close();
    /// A RST instead of a FIN (SO_LINGER with zero seconds).
    void reset();
    /// Reads, and says nothing, until the client closes or the peer ends.
    void hold();
    /// The same without reading: the client's window fills up.
    void hold_unread();
    /// Until the client's machine has what was sent.
    void wait_until_acknowledged();
    int socket() const { return socket_; }

   private:
    friend class transfer_peer;
    connection(transfer_peer& peer, int socket) : peer_(peer), socket_(socket) {}
    bool read_more();
    transfer_peer& peer_;
    int socket_;
    std::string unread_;
  };
  using script = std::function<void(connection&)>;

  /// The same script for every connection.
  explicit transfer_peer(script each);
  /// The n-th script for the n-th connection; those that come after the last are closed at once.
  explicit transfer_peer(std::vector<script> scripts);
  ~transfer_peer();
  transfer_peer(const transfer_peer&) = delete;
  transfer_peer& operator=(const transfer_peer&) = delete;

  std::string url(std::string_view path = "/") const;
  std::string https_url() const;
  unsigned short port() const { return port_; }

  /// Whole requests so far, in the order in which they were read.
  std::vector<std::string> requests() const;
  int connections() const;
  bool wait_for_requests(std::size_t count) const;
  /// Until so many scripts have returned and their connections are closed.
  bool wait_for_closed(int count) const;
  /// From now on connecting to the port is refused. A script may call it.
  void stop_listening();

 private:
  void accept_all();
  void serve(int socket, const script& run);
  bool wait_for(const std::function<bool()>& reached) const;

  std::vector<script> scripts_;
  bool repeats_ = false;
  unsigned short port_ = 0;
  int listener_ = -1;
  int stop_ = -1;  ///< readable once the peer ends
  int stop_accepting_ = -1;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> requests_;
  int accepted_ = 0;
  int closed_ = 0;
  std::vector<std::thread> workers_;
  std::mutex stopping_;
  std::thread acceptor_;
};

/// A whole reply with a Content-Length.
std::string http_reply(int status, std::string_view body, std::string_view more_headers = "");

/// A port on loopback at which connecting is refused.
unsigned short refusing_port();

/// A listening socket whose queue is full: connecting to it gets no answer.
class deaf_listener {
 public:
  deaf_listener();
  ~deaf_listener();
  deaf_listener(const deaf_listener&) = delete;
  deaf_listener& operator=(const deaf_listener&) = delete;
  std::string url() const;

 private:
  unsigned short port_ = 0;
  int listener_ = -1;
  std::vector<int> waiting_;
};

}  // namespace postrider::tests
