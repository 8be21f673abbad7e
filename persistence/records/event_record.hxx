#pragma once

#include "persistence/records/model_version.hxx"

#include <odb/core.hxx>

#include <cstdint>
#include <string>

// The feed of events (since version 7). C++14 for the ODB compiler; only persistence/ sees it.
namespace postrider {
namespace persistence {

// A place in the feed: each writer session counts its own rows. Together they are the key, so that
// each session appends at one end of its own.
#pragma db value
struct event_row_key {
  // batch_marker::session.
  std::int64_t session = 0;
  // The batch's number in that session times 65,536, plus the number of the row in it.
  std::int64_t position = 0;
};

// The events of one commit, or of a part of it; persistence/events.hpp has the form. Native
// statements write and read them.
#pragma db object table("event_log")
struct event_log_record {
#pragma db id column("")
  event_row_key key;
  // The node that wrote it; 0: none.
  std::int64_t node = 0;
  // By this the rows of several sessions are merged; see sql/event_clock.hpp.
  std::int64_t ordered_at = 0;
  // When the events took place, by the node's clock. Retention walks along it.
  std::int64_t created_at = 0;
#pragma db mysql : type("MEDIUMTEXT")
  std::string events;
#pragma db index("event_log_by_time") member(created_at)
};

}  // namespace persistence
}  // namespace postrider
