#include "tools/postrider/log.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <map>

namespace postrider::cli {

namespace {

log_format format_in_use = log_format::text;

spdlog::level::level_enum level_of(actors::log_level level) {
  switch (level) {
    case actors::log_level::debug:
      return spdlog::level::debug;
    case actors::log_level::info:
      return spdlog::level::info;
    case actors::log_level::warning:
      return spdlog::level::warn;
    case actors::log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// What a provider answered may be part of a line; it must not be able to begin another one.
std::string one_line(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      safe += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string json_string(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

void write_line(actors::log_level level, std::string_view component, std::string_view text) {
  const auto to = level_of(level);
  auto* logger = spdlog::default_logger_raw();
  if (logger->should_log(to)) logger->log(to, "{}", log_line(format_in_use, component, text));
}

}  // namespace

std::string log_line(log_format format, std::string_view component, std::string_view text) {
  if (format == log_format::json) {
    return fmt::format("\"component\":{},\"message\":{}", json_string(component),
                       json_string(text));
  }
  return fmt::format("[{}] {}", one_line(component), one_line(text));
}

void start_log(const log_settings& settings) {
  static const std::map<std::string, spdlog::level::level_enum> levels{
      {"debug", spdlog::level::debug},
      {"info", spdlog::level::info},
      {"warning", spdlog::level::warn},
      {"error", spdlog::level::err}};
  format_in_use = settings.format;
  auto logger =
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const auto at = levels.find(settings.level);
  logger->set_level(at == levels.end() ? spdlog::level::info : at->second);
  logger->set_pattern(settings.format == log_format::json
                          ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                          : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  actors::set_log_sink(write_line);
}

}  // namespace postrider::cli
