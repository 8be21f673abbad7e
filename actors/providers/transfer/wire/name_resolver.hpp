#pragma once

#include "actors/providers/transfer/wire/event.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace postrider::actors::wire {

/// The answer to a question for a host's addresses.
struct host_addresses {
  /// In the order in which they should be tried, without a port.
  std::vector<tcp::endpoint> addresses;
  /// For a person, where there are none.
  std::string error;
};

/// A caller's question. The caller may stop waiting by setting `answered` itself.
struct host_question {
  explicit host_question(const executor& on) : answered(on) {}
  event answered;
  host_addresses answer;
};

/// Resolves names by the system's resolver, which blocks: on threads that are started when they are
/// needed and end when they are idle. A name whose servers do not answer holds one of them, and
/// delays no other name as long as there are fewer than `max_threads` such names. Answers are kept
/// for a minute, as long as libcurl keeps them; errors are not kept.
class name_resolver {
 public:
  static constexpr std::size_t max_threads = 32;
  static constexpr std::chrono::seconds kept_for{60};

  /// Blocks until a name's addresses are known. Called on any thread.
  using lookup = std::function<host_addresses(const std::string& host)>;

  explicit name_resolver(net::io_context& io, lookup look_up = by_the_system);
  /// Lookups in progress end later by themselves, unheard: they cannot be interrupted.
  ~name_resolver();
  name_resolver(const name_resolver&) = delete;
  name_resolver& operator=(const name_resolver&) = delete;

  /// A name or an address. Addresses are answered at once, in every form that inet_aton(3) knows.
  void ask(const std::string& host, std::shared_ptr<host_question> question);

  /// By getaddrinfo(3), which knows /etc/hosts and nsswitch.conf.
  static host_addresses by_the_system(const std::string& host);

 private:
  struct shared;
  struct entry {
    host_addresses answer;
    clock::time_point until;
    /// Those that asked while the lookup is in progress.
    std::vector<std::shared_ptr<host_question>> waiting;
  };
  static void work(const std::shared_ptr<shared>& with);
  void take(const std::string& host, host_addresses answer);
  void forget_old(clock::time_point now);

  executor executor_;
  std::unordered_map<std::string, entry> names_;
  std::shared_ptr<shared> shared_;
};

}  // namespace postrider::actors::wire
