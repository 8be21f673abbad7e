#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace postrider::http {

/// The document of an inspection in Prometheus' text format. It counts what the actors count
/// anyway, at the time of the scrape: the hot path knows nothing of metrics. What the document does
/// not have is left out. Counters start at zero when the pipeline is restarted.
std::string metrics_text(const boost::json::object& document);

}  // namespace postrider::http
