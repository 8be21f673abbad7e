#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace postrider::cli {

/// The member `waits_for` in words: `waits for alpha, which is down; 3 attempts since
/// 2026-11-23T05:06:07.890Z; given up at 2026-11-24T05:06:07.890Z`. Empty: nothing is waited for.
std::string waiting_text(const boost::json::object& waiting);

}  // namespace postrider::cli
