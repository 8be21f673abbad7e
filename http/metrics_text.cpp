#include "http/metrics_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>

namespace postrider::http {
namespace {

namespace json = boost::json;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

/// A label, and the member that has its value.
struct label_source {
  std::string_view label, member;
};

/// One family: where its values are in the document, and what they are called.
struct source {
  std::string_view name;
  MetricType type;
  /// An object of the document, or a list of objects, as a JSON pointer.
  std::string_view where;
  /// The value in each of these objects. An object of numbers there is a sample for each member;
  /// one with buckets is a histogram.
  std::string_view value;
  std::string_view help;
  /// The label for the members of an object of numbers, or for the values of a text.
  std::string_view member_label{};
  double scale = 1;
};

constexpr auto counter = MetricType::Counter;
constexpr auto gauge = MetricType::Gauge;
constexpr auto buckets = MetricType::Histogram;
constexpr double from_milliseconds = 1e-3;

// The labels of every object of a list; a member that is absent gives no label.
constexpr std::array labels_of{
    std::pair{std::string_view("/build"),
              std::array{label_source{"version", "version"}, label_source{"compiler", "compiler"}}},
    std::pair{std::string_view("/http/routes"),
              std::array{label_source{"method", "method"}, label_source{"route", "route"}}},
    std::pair{std::string_view("/senders"), std::array{label_source{"provider", "provider"},
                                                       label_source{"provider_type", "type"}}},
    std::pair{
        std::string_view("/archiver/finished"),
        std::array{label_source{"provider", "provider"}, label_source{"provider_type", "type"}}},
    std::pair{
        std::string_view("/scheduler/waiting_lanes"),
        std::array{label_source{"provider", "provider"}, label_source{"priority", "priority"}}},
    std::pair{
        std::string_view("/database/waiting"),
        std::array{label_source{"provider", "provider"}, label_source{"priority", "priority"}}},
    std::pair{std::string_view("/sources"),
              std::array{label_source{"source", "source"}, label_source{"source_type", "type"}}},
    std::pair{std::string_view("/ledger"),
              std::array{label_source{"writer", "writer"}, label_source{}}},
};

constexpr std::array sources{
    source{"postrider_build_info", gauge, "/build", "", "The version of this server; always 1."},
    source{"postrider_uptime_seconds", gauge, "", "/build/uptime_ms",
           "Time since the pipeline was started or restarted.", "", from_milliseconds},
    source{"postrider_ready", gauge, "/server", "/ready", "1 while /readyz answers 200."},
    source{"postrider_database_state", gauge, "/server", "/database",
           "1 for the current state of the database, as writers see it.", "state"},

    source{"postrider_http_requests_total", counter, "/http/routes", "/responses",
           "Requests by route and class of the answer's status.", "class"},
    source{"postrider_http_request_duration_seconds", buckets, "/http/routes", "/seconds",
           "Time from a request's first byte until its answer is ready to be written."},
    source{"postrider_http_requests_in_flight", gauge, "/http", "/in_flight",
           "Requests that have no answer yet."},
    source{"postrider_http_connections", gauge, "/http", "/connections", "Open connections."},
    source{"postrider_http_connections_total", counter, "/http", "/connections_accepted",
           "Connections that were accepted."},
    source{"postrider_http_refused_total", counter, "/http", "/refused",
           "Connections, requests and lines of requests that were refused before they reached a "
           "route.",
           "reason"},
    source{"postrider_http_gateway_timeouts_total", counter, "/http", "/gateway_timeouts",
           "Requests that the pipeline did not answer in time."},
    source{"postrider_audit_entries_total", counter, "/http", "/audit_entries",
           "Changes that were written down in the audit."},
    source{"postrider_audit_failures_total", counter, "/http", "/audit_failures",
           "Changes whose entry in the audit could not be written."},

    source{"postrider_smtp_mails_total", counter, "/smtp", "/mails",
           "Mails that were received, by their result.", "result"},
    source{"postrider_smtp_mail_duration_seconds", buckets, "/smtp", "/seconds",
           "Time from the end of a mail to its reply."},
    source{"postrider_smtp_refused_total", counter, "/smtp", "/refused",
           "Connections, commands and mails that were refused before a mail reached its source.",
           "reason"},
    source{"postrider_smtp_connections", gauge, "/smtp", "/connections", "Open connections."},
    source{"postrider_smtp_connections_total", counter, "/smtp", "/connections_accepted",
           "Connections that were accepted."},
    source{"postrider_smtp_held_bytes", gauge, "/smtp", "/held_bytes",
           "Bytes of mails that are being received or stored."},

    source{"postrider_messages_accepted_total", counter, "/intake", "/accepted",
           "Messages that were stored and synced to disk."},
    source{"postrider_transactions_accepted_total", counter, "/intake", "/transactions",
           "First transactions of the accepted messages, one for each recipient."},
    source{"postrider_messages_refused_total", counter, "/intake", "/refused_by",
           "Messages that were not accepted: too many at once, no database, invalid, or a failed "
           "commit.",
           "reason"},
    source{"postrider_accepts_in_flight", gauge, "/intake", "/in_flight",
           "Messages that wait for their commit."},

    source{"postrider_source_requests_total", counter, "/sources", "/requests",
           "Requests to a source by their result.", "result"},
    source{"postrider_source_messages_total", counter, "/sources", "/messages",
           "Messages that a source stored."},

    source{"postrider_transactions_finished_total", counter, "/archiver/finished", "/outcomes",
           "Finished transactions, by the provider that tried them last.", "outcome"},
    source{"postrider_time_to_final_seconds", buckets, "/archiver/finished",
           "/time_to_final_seconds",
           "Time from a message's acceptance to a transaction's final state."},
    source{"postrider_transactions_expired_waiting_total", counter, "/scheduler", "/expired",
           "Transactions that expired while they waited."},
    source{"postrider_transactions_given_up_total", counter, "/scheduler", "/out_of_patience",
           "Transactions that ended because no provider took them for messaging.give_up_after."},
    source{"postrider_transactions_waiting_again_total", counter, "/scheduler", "/waiting_again",
           "Transactions that went back to wait because no provider took them."},
    source{"postrider_transactions_cancelled_total", counter, "/ledger", "/cancelled",
           "Transactions that clients cancelled."},
    source{"postrider_late_outcomes_total", counter, "/archiver", "/late_outcomes",
           "Outcomes that came when the row was no longer owned by this node."},

    source{"postrider_attempts_total", counter, "/senders", "/outcomes",
           "Calls of providers by their outcome.", "outcome"},
    source{"postrider_attempt_duration_seconds", buckets, "/senders", "/call_seconds",
           "Duration of provider calls."},
    source{"postrider_time_to_provider_seconds", buckets, "/senders", "/time_to_provider_seconds",
           "Time from the due time of a delivery to the call of its provider."},
    source{"postrider_queue_depth", gauge, "/senders", "/queued",
           "Deliveries in memory that wait for their turn.", "priority"},
    source{"postrider_calls_in_flight", gauge, "/senders", "/calls",
           "Deliveries that are being begun or called."},
    source{"postrider_calls_limit", gauge, "/senders", "/allowed_in_flight",
           "Deliveries that may be in flight now; less than configured after an outage."},
    source{"postrider_queue_oldest_age_seconds", gauge, "/senders", "/oldest_ms",
           "Time since the oldest delivery in memory was due, by its state in the ledger.", "state",
           from_milliseconds},
    source{"postrider_window_room", gauge, "/senders", "/window/room",
           "Deliveries for which a provider still has room in memory."},
    source{"postrider_backlog", gauge, "/senders", "/window/backlog",
           "1 while deliveries wait in the database for room in memory."},
    source{"postrider_backlog_oldest_age_seconds", gauge, "/scheduler/waiting_lanes",
           "/oldest_age_ms",
           "Time since the oldest free row in the database was due. Rows without a provider wait "
           "for their retry.",
           "", from_milliseconds},
    source{"postrider_backlog_transactions", gauge, "/database/waiting", "/transactions",
           "Free rows in the database by whether they are due, at most 10000 each. Rows without a "
           "provider wait for their retry.",
           "when"},
    source{"postrider_circuit_state", gauge, "/senders", "/circuit/state",
           "1 for the current state of a provider's circuit.", "state"},
    source{"postrider_provider_paused_seconds", gauge, "/senders", "/paused_ms",
           "Remaining pause of a provider that asked for one.", "", from_milliseconds},
    source{"postrider_retries_total", counter, "/scheduler", "/failovers",
           "Retries that were decided, with the same or another provider."},
    source{"postrider_rerouted_total", counter, "/scheduler", "/rerouted",
           "Waiting transactions that moved from a provider that is down to another one."},

    source{"postrider_transactions", gauge, "/database", "/rows",
           "Rows in the database, by state; a lower bound where there are very many.", "state"},
    source{"postrider_ledger_waiting", gauge, "/ledger", "/waiting",
           "Requests that wait for the next commit."},
    source{"postrider_ledger_batch_transitions", buckets, "/ledger", "/batch_transitions",
           "Transitions in one commit."},
    source{"postrider_ledger_commit_duration_seconds", buckets, "/ledger", "/commit_seconds",
           "Duration of commits, from the first statement to the sync."},
    source{"postrider_database_errors_total", counter, "/ledger", "/errors",
           "Batches that the database did not take."},
    source{"postrider_receipts_total", counter, "/receipts", "/stored",
           "Receipts of providers that were stored."},
    source{"postrider_event_readers", gauge, "/events", "/waiting",
           "Readers of the feed that wait for the next event."},
    source{"postrider_event_requests_total", counter, "/events", "/requests",
           "Answers to readers of the feed."},
    source{"postrider_events_told_total", counter, "/events", "/events_told",
           "Events in these answers."},
    source{"postrider_event_cursors_expired_total", counter, "/events", "/cursors_expired",
           "Readers that came after retention had removed events which they had not read."},
    source{"postrider_endpoints", gauge, "/endpoints", "/endpoints", "Endpoints of events."},
    source{"postrider_endpoints_paused", gauge, "/endpoints", "/paused",
           "Endpoints of this node at which everything fails."},
    source{"postrider_endpoints_disabled", gauge, "/endpoints", "/disabled",
           "Endpoints that are disabled, by the server or by hand."},
    source{"postrider_endpoint_events_delivered_total", counter, "/endpoints", "/delivered",
           "Events that endpoints of this node took."},
    source{"postrider_endpoint_attempts_failed_total", counter, "/endpoints", "/failed",
           "Events that endpoints of this node did not take."},
    source{"postrider_endpoint_events_waiting", gauge, "/endpoints", "/waiting",
           "Events that failed alone, and those behind them, until their next attempt."},
    source{"postrider_endpoint_cursors_expired_total", counter, "/endpoints", "/cursors_expired",
           "Endpoints that missed events because retention had removed them."},
    source{"postrider_pipeline_restarts_total", counter, "/supervisor", "/restarts",
           "Restarts of the pipeline because an actor died or the node was fenced."},
    source{"postrider_nodes_taken_over_total", counter, "/node", "/nodes_taken_over",
           "Dead nodes whose rows this one took over."},
};

/// The values of a text: one sample for each, of which one is 1.
constexpr std::array<std::string_view, 3> circuit_states{"closed", "open", "half_open"};

const json::value* find(const json::value& in, std::string_view pointer) {
  boost::system::error_code error;
  return in.find_pointer(pointer, error);
}

std::optional<double> number_of(const json::value& value) {
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  boost::system::error_code error;
  const auto number = value.to_number<double>(error);
  return error ? std::nullopt : std::optional(number);
}

ClientMetric sample(const source& from, labels of, double value) {
  ClientMetric made;
  made.label = std::move(of);
  (from.type == counter ? made.counter.value : made.gauge.value) = value * from.scale;
  return made;
}

ClientMetric histogram_sample(labels of, const json::object& report) {
  ClientMetric made;
  made.label = std::move(of);
  const auto& counts = report.at("counts").as_array();
  const auto& ends = report.at("upper_ends").as_array();
  auto& into = made.histogram;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    into.sample_count += counts[i].to_number<std::uint64_t>();
    const double end =
        i < ends.size() ? ends[i].to_number<double>() : std::numeric_limits<double>::infinity();
    into.bucket.push_back({into.sample_count, end});
  }
  into.sample_sum = report.at("sum").to_number<double>();
  return made;
}

labels with(labels of, std::string_view name, std::string_view value) {
  of.push_back({std::string(name), std::string(value)});
  return of;
}

void add_samples(MetricFamily& family, const source& from, const labels& of,
                 const json::value& value) {
  if (const auto* text = value.if_string()) {
    for (const auto state : circuit_states)
      family.metric.push_back(
          sample(from, with(of, from.member_label, state), *text == state ? 1 : 0));
  } else if (from.type == buckets) {
    if (const auto* report = value.if_object())
      family.metric.push_back(histogram_sample(of, *report));
  } else if (const auto* members = value.if_object()) {
    for (const auto& [name, part] : *members)
      if (const auto number = number_of(part); number && !part.is_bool())
        family.metric.push_back(sample(from, with(of, from.member_label, name), *number));
  } else if (const auto number = number_of(value)) {
    family.metric.push_back(sample(from, of, *number));
  }
}

labels labels_in(const source& from, const json::value& object) {
  labels result;
  const auto row =
      std::ranges::find(labels_of, from.where, &decltype(labels_of)::value_type::first);
  if (row == labels_of.end()) return result;
  for (const auto& [label, member] : row->second) {
    const auto* value = object.as_object().if_contains(member);
    if (!value || label.empty()) continue;
    result.push_back({std::string(label), value->is_string() ? std::string(value->as_string())
                                                             : json::serialize(*value)});
  }
  return result;
}

void add_object(MetricFamily& family, const source& from, const json::value& object) {
  if (!object.is_object()) return;
  const auto of = labels_in(from, object);
  if (from.value.empty()) {
    family.metric.push_back(sample(from, of, 1));
  } else if (const auto* value = find(object, from.value)) {
    add_samples(family, from, of, *value);
  }
}

}  // namespace

std::string metrics_text(const json::object& document) {
  const json::value root(document);
  std::vector<MetricFamily> families;
  for (const auto& from : sources) {
    const auto* where = find(root, from.where);
    if (!where) continue;
    MetricFamily family{std::string(from.name), std::string(from.help), from.type, {}};
    if (const auto* list = where->if_array()) {
      for (const auto& object : *list)
        add_object(family, from, object);
    } else {
      add_object(family, from, *where);
    }
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace postrider::http
