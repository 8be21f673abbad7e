#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The least that a message needs: two tables without an index beside their key.
namespace postrider::limit {

/// A message on its way through the pipeline.
struct message {
  std::uint64_t id = 0;
  std::string to, text;
  /// Called when it is stored, from the writer's thread.
  std::function<void()> stored;
  /// The provider's name for it, once it has one.
  std::string reference;
};
using message_ptr = std::unique_ptr<message>;
using messages = std::vector<message_ptr>;

/// One connection to a database. What goes wrong ends the program.
class store {
 public:
  virtual ~store() = default;
  virtual void begin() = 0;
  virtual void insert(const messages& accepted) = 0;
  virtual void mark_begun(const messages& begun) = 0;
  virtual void archive(const messages& delivered) = 0;
  /// Answers when it is on the disk.
  virtual void commit() = 0;
};

std::unique_ptr<store> open_sqlite(const std::string& file);
/// The tables are made in `database`, on the server behind the socket, as root.
std::unique_ptr<store> open_mysql(const std::string& socket, const std::string& database);

}  // namespace postrider::limit
