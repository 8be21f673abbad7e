#pragma once

#include "tools/provider-sim/behaviour.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <utility>

namespace postrider::provider_sim {

// The parts of a behaviour that are objects of their own: rules for replies, SMTP's stages and
// receipts. Each reader returns what is wrong, or an empty string.
std::string read_reply_rule(const boost::json::value& value, reply_rule& into);
std::string read_stages(const boost::json::value& value, std::map<smtp_stage, reply_rule>& into);
std::string read_receipts(const boost::json::value& value, receipt_rules& into);

boost::json::object write_reply_rule(const reply_rule& rule);
boost::json::object write_receipts(const receipt_rules& rules);

// At most a week, in milliseconds: a number, or a pair [least, most].
std::optional<std::pair<double, double>> read_delay(const boost::json::value& value);
std::optional<double> read_number(const boost::json::value& value, double least, double most);
// A whole number without the exponent that Boost.JSON gives to every double.
boost::json::value write_number(double number);
boost::json::value write_delay(double least, double most);

}  // namespace postrider::provider_sim
