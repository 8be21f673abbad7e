#pragma once

#include <optional>
#include <string>

namespace postrider::persistence {

/// Says in which way pages are missing at the end of a SQLite file, for an operator; nothing when
/// all that the file promises is there. Call it before SQLite has the file open: a checkpoint would
/// fill the gap with zeros.
///
/// The cost does not grow with the database: it reads the header, and the page numbers in the
/// write-ahead log beside it, because a crash in the middle of a checkpoint leaves pages that are
/// in the log only.
std::optional<std::string> missing_pages(int database, const std::string& path);

}  // namespace postrider::persistence
