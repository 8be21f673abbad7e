#include "http/routes/operation.hpp"

#include "http/connection/exchange.hpp"
#include "http/json/json_writer.hpp"
#include "http/statistics.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace postrider::http::routes {
namespace {

void write_texts(json_writer& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const auto& text : texts)
    json.value(text);
  json.end_array();
}

void add_warnings(const exposure& how, actors::readiness& to) {
  if (how.keys_required && !to.has_keys)
    to.warnings.emplace_back(
        "no API key can be used, so every request is refused: make one with \"postrider keys "
        "create\"");
  if (how.keys_required && how.plain_to_others) to.warnings.emplace_back(keys_without_tls);
}

/// Twice is as good as once: a script can repeat what it got no answer to.
void set_drained(exchange& x, bool wanted) {
  const bool changed = x.common.drained.exchange(wanted) != wanted;
  json_writer json(x.response.body);
  json.begin_object()
      .member("status", wanted ? "drained" : "resumed")
      .member("changed", changed)
      .end_object();
}

}  // namespace

void livez(exchange& x) {
  json_writer json(x.response.body);
  json.begin_object().member("status", "alive").end_object();
}

void readyz(exchange& x) {
  actors::readiness state = x.gateway.ready();
  if (x.draining) {
    state.ready = false;
    state.reasons.emplace_back("this server is about to stop");
  }
  if (x.common.drained.load()) {
    state.ready = false;
    state.reasons.emplace_back("an operator drained this server; POST /admin/resume undoes it");
  }
  add_warnings(x.exposure, state);
  x.response.status = state.ready ? 200 : 503;
  if (!state.ready) x.response.retry_after = std::chrono::seconds(1);
  json_writer json(x.response.body);
  json.begin_object().member("status", state.ready ? "ready" : "not_ready");
  write_texts(json, "reasons", state.reasons);
  write_texts(json, "warnings", state.warnings);
  json.end_object();
}

void drain(exchange& x) { set_drained(x, true); }
void resume(exchange& x) { set_drained(x, false); }

void inspect(exchange& x) {
  const std::string& section = x.request.arguments[0];
  const auto fronts = [&counted = x.counters, &common = x.common] {
    boost::json::object document{{"http", statistics(counted)},
                                 {"sources", source_statistics(common.sources, *common.of_users)}};
    common.report_sections(document);
    return document;
  };
  if (auto own = fronts(); own.contains(section)) {
    x.response.body = boost::json::serialize(boost::json::object{{section, own[section]}});
    return;
  }
  x.ask<boost::json::object>(
      [section](actors::gateway& gateway, auto done) { gateway.inspect(section, std::move(done)); },
      [whole = section.empty(), fronts](boost::json::object& document,
                                        response& answer) -> std::optional<problem> {
        if (whole)
          for (auto& [name, report] : fronts())
            document[name] = std::move(report);
        answer.body = boost::json::serialize(document);
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
