#pragma once

#include "persistence/model.hpp"

namespace postrider::actors {

/// This process, as another one on the same machine recognises it (proc(5)).
persistence::process_identity this_process();

/// False only when that process is surely gone; it must be of this boot and pid namespace.
bool process_runs(const persistence::process_identity& process);

std::string host_name();

}  // namespace postrider::actors
