#include "tools/postrider/log.hpp"

#include "actors/rules/message_log.hpp"
#include "tools/postrider/log_text.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace postrider::cli {

namespace {

log_format format_in_use = log_format::text;

spdlog::level::level_enum level_of(log_level level) {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

log_level least_of(std::string_view level) {
  if (level == "debug") return log_level::debug;
  if (level == "warning") return log_level::warning;
  return level == "error" ? log_level::error : log_level::info;
}

void write_line(log_level level, std::string_view component, std::string_view text,
                log_fields fields) {
  const auto to = level_of(level);
  auto* logger = spdlog::default_logger_raw();
  if (logger->should_log(to))
    logger->log(to, "{}", log_line(format_in_use, component, text, fields));
}

}  // namespace

std::string log_line(log_format format, std::string_view component, std::string_view text,
                     log_fields fields) {
  std::string line;
  if (format == log_format::json) {
    line = "\"component\":" + json_text(component);
    for (const auto& [name, value] : fields)
      line += fmt::format(",\"{}\":{}", name, json_text(value));
    return line + ",\"message\":" + json_text(text);
  }
  line = "[" + escaped_text(component);
  for (const auto& [name, value] : fields)
    line += fmt::format(" {}={}", name, field_text(value));
  return line + "] " + escaped_text(text);
}

void start_log(const log_settings& settings) {
  format_in_use = settings.format;
  auto logger =
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(level_of(least_of(settings.level)));
  logger->set_pattern(settings.format == log_format::json
                          ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                          : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  actors::log_full_recipients(settings.recipients == log_recipients::full);
  set_log_sink(write_line, least_of(settings.level));
}

}  // namespace postrider::cli
