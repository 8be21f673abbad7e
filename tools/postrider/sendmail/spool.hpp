#pragma once

#include "tools/postrider/sendmail/spool_file.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::cli {

/// Bounds of a spool, with its refused mails.
struct spool_limits {
  std::size_t mails = 1'000;
  std::uint64_t bytes = 128u << 20;
};

/// The mails of one user that wait for the server, in a folder of that user (mode 0700). Each mail
/// is a file whose name is its id: the microsecond in which it came, or more, so that the order of
/// the ids is the order of the mails. The server's refusals are in the folder `refused` below. A
/// file appears whole or not at all, whatever ends the program, and is synced before add() returns.
class mail_spool {
 public:
  using id = std::uint64_t;
  using wall_time = std::chrono::sys_time<std::chrono::microseconds>;

  struct entry {
    id name = 0;
    std::uint64_t bytes = 0;
  };

  /// One sender at a time: the lock is free again when this object has gone, or its process.
  class sending {
   public:
    explicit sending(int file) : file_(file) {}
    sending(sending&& other) noexcept;
    sending& operator=(sending&&) = delete;
    ~sending();

   private:
    int file_;
  };

  explicit mail_spool(std::string folder, spool_limits limits = {});

  const std::string& folder() const { return folder_; }

  /// Stores a mail behind all others. The failure says that the spool is full, or why it cannot be
  /// written.
  outcome<id> add(const outgoing_mail& mail, wall_time now);
  /// Stores a mail that the server has refused; it counts as any other.
  outcome<id> add_refused(const outgoing_mail& mail, const std::string& reason, wall_time now);

  /// In their order. Files with other names are nobody's mails.
  std::vector<entry> waiting() const;
  std::vector<entry> refused() const;
  bool is_waiting(id name) const;
  bool is_refused(id name) const;
  /// A mail that waits, or was refused.
  outcome<spooled_mail> read(id name) const;

  /// Keeps these recipients of a mail only. Its place stays the same.
  outcome<bool> keep(id name, const outgoing_mail& rest);
  /// Copies a mail to the refused ones. remove() or keep() is next.
  outcome<bool> refuse(id name, const outgoing_mail& mail, const std::string& reason);
  /// Moves a file to the refused ones as it is: it is no mail, or cannot be handled.
  outcome<bool> set_aside(id name);
  /// Moves a refused mail back behind all others. The failure says why it stays.
  outcome<id> wait_again(id name, wall_time now);
  /// False: there is no such mail.
  bool remove(id name);
  bool remove_refused(id name);

  /// Nothing while another process sends. The failure says why the spool cannot be locked.
  outcome<std::optional<sending>> begin_sending();
  /// Removes what a program left that ended while it wrote, an hour ago or more.
  void sweep(wall_time now);

  /// The last attempt in vain, while it is the newest one.
  struct attempt {
    wall_time at;
    std::string reason;
  };
  void note_failure(const std::string& reason);
  void note_success();
  std::optional<attempt> last_failure() const;

 private:
  outcome<id> store(const std::string& folder, const spooled_mail& mail, wall_time now);
  outcome<bool> prepare() const;
  /// Removes a mail whose name may not be on disk. False: it is sent already, or by a process that
  /// sends now.
  bool take_back(const std::string& path) const;
  std::string lock_path(std::string_view name) const;

  std::string folder_;
  spool_limits limits_;
};

}  // namespace postrider::cli
