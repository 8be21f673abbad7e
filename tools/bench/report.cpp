#include "tools/bench/report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cmath>

namespace postrider::bench {

namespace json = boost::json;

namespace {

double sending_seconds(const load_result& s) {
  return static_cast<double>(std::max<std::int64_t>(s.last_answer_ns - s.first_send_ns, 0)) / 1e9;
}

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

sim_latency micros_of(const fine_latency_histogram& h) {
  const auto at = [&h](double share) {
    return static_cast<double>(h.percentile(share).count()) / 1000;
  };
  return {h.count(), at(0.5),   at(0.9),
          at(0.99),  at(0.999), static_cast<double>(h.max().count()) / 1000};
}

std::string latency_line(const sim_latency& l) {
  const auto ms = [](double micros) { return fmt::format("{:.2f}", micros / 1000); };
  return fmt::format("p50 {}  p90 {}  p99 {}  p99.9 {}  max {} ms", ms(l.p50), ms(l.p90), ms(l.p99),
                     ms(l.p999), ms(l.max));
}

// Boost.JSON writes every double with an exponent; nobody needs the fractions here.
std::int64_t whole(double number) { return std::llround(number); }

json::object latency_json(const sim_latency& l) {
  return {{"count", l.count},    {"p50", whole(l.p50)},    {"p90", whole(l.p90)},
          {"p99", whole(l.p99)}, {"p99.9", whole(l.p999)}, {"max", whole(l.max)}};
}

double cpu_seconds(const process_record& p) {
  return p.start && p.end ? p.end->cpu_s - p.start->cpu_s : 0;
}

double cpu_micros_each(const process_record& p, std::uint64_t messages) {
  return messages > 0 ? cpu_seconds(p) * 1e6 / static_cast<double>(messages) : 0;
}

std::string process_line(const process_record& p, std::uint64_t messages) {
  const auto mib = [](const std::optional<process_sample>& s) {
    return s ? fmt::format("{:.1f}", static_cast<double>(s->rss_kib) / 1024) : std::string("-");
  };
  return fmt::format(
      "{:<14} CPU {:.2f} s, {:.1f} us a message; memory {} {} {} MiB (start, middle, end)\n",
      p.name, cpu_seconds(p), cpu_micros_each(p, messages), mib(p.start), mib(p.middle),
      mib(p.end));
}

json::object process_json(const process_record& p, std::uint64_t messages) {
  const auto kib = [](const std::optional<process_sample>& s) {
    return s ? json::value(s->rss_kib) : json::value(nullptr);
  };
  return {{"name", p.name},
          {"pid", p.pid},
          {"cpu_s", cpu_seconds(p)},
          {"cpu_us_per_message", cpu_micros_each(p, messages)},
          {"rss_kib", {{"start", kib(p.start)}, {"middle", kib(p.middle)}, {"end", kib(p.end)}}}};
}

json::object delivery_json(const delivery_result& d) {
  return {{"expected", d.expected},
          {"arrived", d.arrived},
          {"repeated", d.repeated},
          {"complete", d.complete},
          {"seconds", d.seconds},
          {"per_s", whole(per_second(d.arrived, d.seconds))},
          {"accept_to_provider_us", latency_json(d.latency)}};
}

}  // namespace

std::string report_text(const options& o, const results& r) {
  const load_result& s = r.sending;
  const double seconds = sending_seconds(s);
  std::string text = o.mode == load_mode::open
                         ? fmt::format("open, {} a second, {} connections\n", o.rate, o.connections)
                         : fmt::format("closed, {} connections\n", o.connections);
  text += fmt::format("{:<14} {} in {:.2f} s: {:.0f}/s\n", "accepted", s.ok, seconds,
                      per_second(s.ok, seconds));
  text += fmt::format("{:<14} {}\n", "", latency_line(micros_of(s.latency)));
  text += fmt::format(
      "{:<14} {} refused ({} refusals), {} errors, {} unknown; {} disconnects, {} failed "
      "connects\n",
      "not accepted", s.refused, s.refusals, s.errors, s.unknown, s.disconnects,
      s.connect_failures);
  for (const auto& [status, count] : s.error_statuses)
    text += fmt::format("{:<14} {} times status {}\n", "", count, status);
  if (r.delivery) {
    const delivery_result& d = *r.delivery;
    text +=
        fmt::format("{:<14} {} of {} in {:.2f} s: {:.0f}/s, {} came more than once{}\n",
                    "delivered", d.arrived, d.expected, d.seconds, per_second(d.arrived, d.seconds),
                    d.repeated, d.complete ? "" : "; NOT COMPLETE");
    text += fmt::format("{:<14} {} (to the provider)\n", "", latency_line(d.latency));
  }
  for (const process_record& p : r.processes)
    text += process_line(p, s.ok);
  return text;
}

std::string report_json(const options& o, const results& r) {
  const load_result& s = r.sending;
  const double seconds = sending_seconds(s);
  json::object out = {
      {"mode", o.mode == load_mode::open ? "open" : "closed"},
      {"rate", o.mode == load_mode::open ? json::value(o.rate) : json::value(nullptr)},
      {"connections", o.connections},
      {"started", s.started},
      {"accepted", s.ok},
      {"seconds", seconds},
      {"accepted_per_s", whole(per_second(s.ok, seconds))},
      {"accept_us", latency_json(micros_of(s.latency))},
      {"refused", s.refused},
      {"refusals", s.refusals},
      {"errors", s.errors},
      {"unknown", s.unknown},
      {"disconnects", s.disconnects},
      {"connect_failures", s.connect_failures}};
  json::object statuses;
  for (const auto& [status, count] : s.error_statuses)
    statuses[std::to_string(status)] = count;
  out["error_statuses"] = std::move(statuses);
  out["delivery"] = r.delivery ? json::value(delivery_json(*r.delivery)) : json::value(nullptr);
  json::array processes;
  for (const process_record& p : r.processes)
    processes.push_back(process_json(p, s.ok));
  out["processes"] = std::move(processes);
  return json::serialize(out) + '\n';
}

}  // namespace postrider::bench
