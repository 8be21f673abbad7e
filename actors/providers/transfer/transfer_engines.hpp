#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <memory>

namespace postrider::actors {

/// Every protocol: requests with `mail` go by SMTP, all others and the streams by HTTP.
/// `http_connections`: http_transfer_settings::max_connections.
std::unique_ptr<transfer_engine> make_transfer_engine(std::int32_t http_connections = 512);

}  // namespace postrider::actors
