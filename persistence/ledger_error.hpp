#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace postrider::persistence {

enum class ledger_errc {
  /// The database cannot be reached, or refused the whole transaction; surely nothing was changed.
  unavailable = 1,
  /// Somebody else holds a lock that is needed, for as long as was waited; surely nothing was
  /// changed.
  locked,
  /// The database has no room left on its disk, in a quota or in a limit; surely nothing was
  /// changed.
  full,
  /// The database takes no changes: its disk or file fails, the file was moved away, or it is
  /// read-only; surely nothing was changed.
  no_writes,
  /// `ledger_batch::may_commit` said no; nothing was changed.
  withdrawn,
  /// The answer to a commit was lost and the database cannot be asked yet: call resolve().
  unknown_result,
  /// This node's lease was taken over: nothing was changed and nothing of this node ever will be.
  fenced,
  /// The schema is older or newer than this program.
  wrong_schema,
  /// Another process has the SQLite file.
  in_use,
  /// The settings cannot work: a bad URL, a missing password, an unreadable file.
  bad_settings,
};

struct ledger_error {
  ledger_errc code = ledger_errc::unavailable;
  /// For an operator: what failed and where to look.
  std::string message;
  /// unknown_result: the reason for which the database cannot be asked.
  ledger_errc cause = ledger_errc::unavailable;
};
/// Lets result::value() throw; the project tests results instead.
[[noreturn]] void throw_exception_from_error(const ledger_error& error,
                                             const boost::source_location& where);

template <class T>
using result = boost::system::result<T, ledger_error>;

}  // namespace postrider::persistence
