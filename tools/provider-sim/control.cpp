#include "tools/provider-sim/control.hpp"

#include "tools/provider-sim/behaviour_json.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr std::size_t default_page = 1000;
constexpr std::size_t max_page = 100'000;

void answer_json(reply& out, const json::value& document) {
  out.content_type = "application/json";
  out.body = json::serialize(document);
  out.body += '\n';
}

void fail(reply& out, unsigned status, std::string_view why) {
  out.status = status;
  answer_json(out, json::object{{"error", why}});
}

// The number of `name=number` in a query string; nullopt for what is no number.
std::optional<std::size_t> number_in(std::string_view query, std::string_view name,
                                     std::size_t fallback) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (!pair.starts_with(name) || pair.substr(name.size(), 1) != "=") continue;
    const std::string_view digits = pair.substr(name.size() + 1);
    std::size_t number = 0;
    const auto end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
  }
  return fallback;
}

json::array write_messages(const std::vector<accepted_message>& messages) {
  json::array result;
  result.reserve(messages.size());
  for (const accepted_message& m : messages)
    result.push_back(
        json::object{{"recipient", m.recipient}, {"body", m.body}, {"count", m.count}});
  return result;
}

// Only what the provider has had to do with.
void add_extras(const provider& at, json::object& into) {
  if (at.reports_done + at.reports_failed + at.reports_refused > 0)
    into["reports"] = json::object{
        {"done", at.reports_done}, {"failed", at.reports_failed}, {"refused", at.reports_refused}};
  if (at.webhook_ids.accepted() > 0)
    into["webhook_ids"] = json::object{{"distinct", at.webhook_ids.distinct()},
                                       {"repeated", at.webhook_ids.repeated()}};
  if (at.bad_signatures > 0) into["bad_signatures"] = at.bad_signatures;
  if (at.events.listeners() > 0) into["listeners"] = at.events.listeners();
}

}  // namespace

const control::route control::routes[] = {
    {"PUT", "behaviour", &control::put_behaviour}, {"GET", "behaviour", &control::get_behaviour},
    {"GET", "tally", &control::get_tally},         {"GET", "accepted", &control::get_accepted},
    {"GET", "latency", &control::get_latency},     {"POST", "query", &control::post_query},
    {"POST", "reset", &control::post_reset},
};

void control::answer(const request_view& request, reply& out) {
  std::string_view path = request.path.substr(std::string_view("/control").size());
  if (path.empty() || path == "/") {
    if (request.method != "GET") return fail(out, 405, "only GET here");
    return list_providers(out);
  }
  path.remove_prefix(1);
  const std::string_view name = path.substr(0, path.find('/'));
  const std::string_view resource = path.substr(std::min(path.size(), name.size() + 1));
  bool known = false;
  for (const route& r : routes) {
    if (r.resource != resource) continue;
    known = true;
    if (r.method != request.method) continue;
    provider* at = book_.find_or_make(name);
    if (!at) return fail(out, 400, "not a provider name, or too many of them");
    return (this->*r.handle)(*at, request, out);
  }
  if (known) return fail(out, 405, "this path has no such method");
  fail(out, 404, "no such control path");
}

void control::list_providers(reply& out) const {
  json::object result;
  for (const auto& [name, port] : ports_)
    result[name] = json::object{{"port", port}};
  for (const auto& [name, at] : book_.all()) {
    json::object& entry =
        result[name].is_object() ? result[name].get_object() : result[name].emplace_object();
    entry["requests"] = at.counts.requests();
    entry["accepted"] = at.counts.accepted();
  }
  answer_json(out, json::object{{"providers", std::move(result)}});
}

void control::put_behaviour(provider& at, const request_view& request, reply& out) {
  behaviour_settings settings = book_.initial();
  if (const std::string faults = read_behaviour(request.body, settings); !faults.empty())
    return fail(out, 400, faults);
  at.rules = behaviour(std::move(settings), request.arrived);
  at.captcha_solved = false;
  if (at.rules.is_down(request.arrived)) at.events.end_all();
  get_behaviour(at, request, out);
  if (behaviour_set_) behaviour_set_();
}

void control::get_behaviour(provider& at, const request_view&, reply& out) {
  answer_json(out, write_behaviour(at.rules.settings()));
}

void control::get_tally(provider& at, const request_view&, reply& out) {
  const tally& t = at.counts;
  json::object by_outcome;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (const auto count = t.of(static_cast<outcome>(i))) by_outcome[outcome_names[i]] = count;
  json::object told{
      {"requests", t.requests()},
      {"calls", t.calls()},
      {"refused", t.refused()},
      {"turned_away", t.turned_away()},
      {"accepted", t.accepted()},
      {"distinct", t.distinct()},
      {"repeated", t.repeated()},
      {"last_accepted_ns", std::chrono::nanoseconds(t.last_accepted().time_since_epoch()).count()},
      {"by_outcome", std::move(by_outcome)},
      {"duplicates", write_messages(t.duplicates())}};
  add_extras(at, told);
  answer_json(out, std::move(told));
}

void control::get_accepted(provider& at, const request_view& request, reply& out) {
  if (!at.counts.keeps_texts())
    return fail(out, 409, "start provider-sim with --keep-texts for this");
  const auto offset = number_in(request.query, "offset", 0);
  const auto limit = number_in(request.query, "limit", default_page);
  if (!offset || !limit || *limit > max_page)
    return fail(out, 400, "offset or limit is not a usable number");
  answer_json(out, json::object{{"total", at.counts.distinct()},
                                {"offset", *offset},
                                {"accepted", write_messages(at.counts.page(*offset, *limit))}});
}

void control::get_latency(provider& at, const request_view&, reply& out) {
  const auto micros = [&at](double share) {
    return at.accept_to_provider.percentile(share).count() / 1000;
  };
  answer_json(out, json::object{{"count", at.accept_to_provider.count()},
                                {"p50", micros(0.5)},
                                {"p90", micros(0.9)},
                                {"p99", micros(0.99)},
                                {"p99.9", micros(0.999)},
                                {"max", at.accept_to_provider.max().count() / 1000}});
}

// How often each of the texts, or each of the webhook ids, was accepted.
void control::post_query(provider& at, const request_view& request, reply& out) {
  json::error_code error;
  const json::value document = json::parse(std::string_view(request.body), error);
  const json::object* given = error ? nullptr : document.if_object();
  const bool is_one = given && given->size() == 1;
  const json::value* bodies = is_one ? given->if_contains("bodies") : nullptr;
  const json::value* ids = is_one ? given->if_contains("webhook_ids") : nullptr;
  const json::value* asked = bodies ? bodies : ids;
  if (!asked || !asked->is_array())
    return fail(out, 400,
                "must be {\"bodies\": [\"text\", ...]} or {\"webhook_ids\": [\"id\", ...]}");
  const tally& in = bodies ? at.counts : at.webhook_ids;
  json::array counts;
  for (const json::value& one : asked->get_array()) {
    if (!one.is_string()) return fail(out, 400, "bodies and ids must be texts");
    counts.push_back(in.accepted_of_body(one.get_string()));
  }
  answer_json(out, json::object{{"counts", std::move(counts)}});
}

void control::post_reset(provider& at, const request_view&, reply& out) {
  at.reset_counts();
  out.status = 204;
}

}  // namespace postrider::provider_sim
