#pragma once

#include "tools/postrider/sendmail/spool.hpp"

#include <boost/json/array.hpp>

#include <string>

namespace postrider::cli {

/// The mails of a spool as "postrider spool --json" prints them: first those that wait, then the
/// refused ones. A file that cannot be read has the reason for that.
boost::json::array spool_list(const mail_spool& spool);

/// The same as a table, with a column "user" where the objects have one.
std::string spool_table(const boost::json::array& mails);

}  // namespace postrider::cli
