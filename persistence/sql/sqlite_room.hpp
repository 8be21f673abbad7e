#pragma once

#include <string>

namespace postrider::persistence {

/// Throws database_failure when the disk under that file has no room for a batch. A transaction
/// that SQLite rolls back never reaches the disk, so it cannot tell; a file that is made and
/// removed again can.
void check_room_beside(const std::string& database);

}  // namespace postrider::persistence
