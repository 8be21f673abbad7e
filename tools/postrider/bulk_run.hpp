#pragma once

#include "tools/postrider/bulk_progress.hpp"
#include "tools/postrider/bulk_records.hpp"
#include "tools/postrider/bulk_state.hpp"
#include "tools/postrider/commands.hpp"

#include <boost/json/object.hpp>

#include <deque>

namespace postrider::cli {

/// Sends the records of a file that were not answered yet, in as many requests as it takes. What
/// was sent and not answered, because the connection broke or the server was busy, is sent again:
/// each record has an idempotency key of its own, so that none becomes two messages.
class bulk_run {
 public:
  struct settings {
    std::uint64_t file_bytes = 0;
    bool json = false;
    /// A line whose key the server knows with another text is left out.
    bool skip_in_doubt = false;
  };

  bulk_run(command_context& context, http_client& server, bulk_reader& reader, bulk_state& state,
           const settings& how);

  /// Until all is answered, or nothing goes on any more; then the failure says why.
  outcome<bulk_count> run() {
    auto ended = send_all();
    if (!state_.end() && ended) return unwritten();
    return ended;
  }
  /// True at any time, for the report after a failure.
  const bulk_count& count() const { return count_; }
  /// Records that a server did not take, however often they were sent.
  std::size_t left() const { return left_; }

 private:
  struct outgoing {
    std::size_t number = 0, line = 0;
    std::uint64_t position = 0;
    std::string json;
    int tries = 0;
  };

  static failure unwritten();
  outcome<bulk_count> send_all();
  bool find_next();
  std::string next_line();
  bool take(std::string_view piece);
  bool take_answer(std::string_view line);
  void decide(const outgoing& of, boost::json::object answer);
  void leave_in_doubt(const outgoing& of, boost::json::object answer);
  /// Records whose end was found in this run.
  std::size_t ended() const { return count_.accepted + count_.refused + count_.skipped + left_; }
  void refuse_unread(const bulk_record& record);
  /// Notes the reply for lines that have no answer of their own.
  void note_unread(const outcome<http_reply>& reply);
  void print(const outgoing& of, boost::json::object answer);
  /// Lets unanswered lines wait again, in their order; returns their number.
  std::size_t take_back();
  /// Why the request did not bring everything; empty when it did.
  outcome<std::string> judge(const outcome<http_reply>& reply, std::size_t unanswered) const;

  command_context& context_;
  http_client& server_;
  bulk_reader& reader_;
  bulk_state& state_;
  const settings how_;
  bulk_progress progress_;
  bulk_count count_;
  std::size_t left_ = 0, last_read_ = 0;

  std::deque<outgoing> waiting_;
  /// Sent in this request, in order; the server answers the first one next.
  std::deque<outgoing> in_flight_;
  /// Records that this request answered with a Retry-After.
  std::deque<outgoing> again_;
  std::size_t request_lines_ = 0, request_bytes_ = 0, answered_lines_ = 0;
  /// The last answer of this request was one that comes when the server reads no further.
  bool ended_early_ = false;
  /// The key's rate is used up: nothing more is sent in this request, and some time not at all.
  bool limited_ = false;
  std::string unfinished_;
  std::optional<failure> broken_;
};

/// The request with its idempotency key, as a line. One that brings its own keeps it. What is no
/// object is left as it is: the server says what is wrong with it.
std::string keyed_line(const std::string& json, const std::string& key);

}  // namespace postrider::cli
