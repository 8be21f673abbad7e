#pragma once

#include "tools/postrider/sendmail/smtp_session.hpp"
#include "tools/postrider/sendmail/spool.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace postrider::cli {

/// A mail that the server refused for some of its recipients or all of them, or that this program
/// cannot handle.
struct refused_mail {
  mail_spool::id name = 0;
  std::string sentence;
};

struct spool_report {
  std::size_t sent = 0;
  std::vector<refused_mail> refused;
  /// Why mails still wait; empty when none does.
  std::string why;
  /// Another process sends them.
  bool busy = false;
};

/// Sends the mails of spools in their order, each when the one before it was taken or refused. The
/// first mail that must wait ends it, so that none overtakes another. A mail whose handling throws
/// is moved to the refused ones when a later one goes.
class spool_sender {
 public:
  using connector = std::function<outcome<smtp_session>()>;
  using clock = std::function<mail_spool::wall_time()>;

  spool_sender(connector connect, clock now) : connect_(std::move(connect)), now_(std::move(now)) {}

  /// At most `most` mails.
  spool_report send(mail_spool& spool, std::size_t most);
  /// One mail that is in no spool. A result for each recipient.
  std::vector<recipient_result> send(const outgoing_mail& mail);
  void quit();

 private:
  void send_waiting(mail_spool& spool, std::size_t most, spool_report& report);
  /// The same as send_one(). `failing`: the mails before this one that threw, in turn.
  std::string send_unless_it_throws(mail_spool& spool, mail_spool::id name, spool_report& report,
                                    std::vector<refused_mail>& failing);
  /// Empty when the mail is gone from the spool, else why it waits.
  std::string send_one(mail_spool& spool, mail_spool::id name, spool_report& report);
  std::string settle(mail_spool& spool, mail_spool::id name, const outgoing_mail& mail,
                     const std::vector<recipient_result>& results, spool_report& report);

  connector connect_;
  clock now_;
  std::optional<smtp_session> session_;
};

/// The recipients with this verdict, as a mail of their own.
outgoing_mail part_of(const outgoing_mail& mail, const std::vector<recipient_result>& results,
                      recipient_result::verdict which);
/// The reason of the first of them; empty when there is none.
std::string first_reason(const std::vector<recipient_result>& results,
                         recipient_result::verdict which);

}  // namespace postrider::cli
