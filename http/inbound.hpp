#pragma once

/// Names of inbound/ are names of http/ too.
namespace postrider::inbound {}
namespace postrider::http {
using namespace inbound;
}
