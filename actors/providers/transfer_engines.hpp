#pragma once

#include "actors/providers/transfer.hpp"

#include <memory>

namespace postrider::actors {

/// Every protocol: requests with `mail` go by SMTP, all others and the streams by HTTP.
std::unique_ptr<transfer_engine> make_transfer_engine();

}  // namespace postrider::actors
