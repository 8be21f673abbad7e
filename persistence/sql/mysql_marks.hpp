#pragma once

#include "persistence/sql/sql_session.hpp"

namespace postrider::persistence {

/// Marks the connections of a node by named locks, which the server drops together with their
/// connection. So the number that a mark has is that of a living connection of this node: after a
/// restart of the server it may be another one than before. Where the server has no such locks
/// nothing is marked, and nothing is found.
namespace mysql_marks {

/// Takes the first free mark of that node; nothing when there is none.
std::optional<session_mark> take(sql_session& session, node_id node, std::int64_t connection);
/// Numbers of all the connections that are marked with that node.
std::vector<std::int64_t> find(sql_session& session, node_id node);
/// Whether that connection still has its mark.
bool still_there(sql_session& session, const session_mark& mark);
/// The oldest waits of other sessions that hold row locks, for the log; empty when there are none.
std::string lock_holders(sql_session& session);

}  // namespace mysql_marks
}  // namespace postrider::persistence
