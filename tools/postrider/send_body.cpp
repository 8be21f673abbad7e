#include "tools/postrider/send_body.hpp"

#include "tools/postrider/id_text.hpp"
#include "tools/postrider/text_file.hpp"
#include "tools/postrider/value.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider::cli {
namespace {

namespace json = boost::json;

/// "@page.html" is what the file has.
outcome<std::string> html_of(const std::string& given) {
  if (!given.starts_with('@')) return given;
  const auto name = given.substr(1);
  auto text = read_text_file(name);
  if (text && text->empty())
    return failure::because("--html: " + name + " is empty; leave the option out instead");
  return text;
}

outcome<std::int64_t> seconds_of(const std::string& ttl) {
  const key_info key{.name = "--ttl",
                     .kind = value_kind::duration,
                     .default_value = {},
                     .min = 1'000,
                     .choices = {},
                     .help = {}};
  const auto value = parse_value(key, {raw_value::type::untyped, ttl, {}});
  if (!value)
    return failure::because(
        fmt::format("--ttl is {}; expected {}", value.error().found, value.error().expected));
  return std::chrono::ceil<std::chrono::seconds>(value->duration).count();
}

outcome<json::object> metadata_of(const std::vector<std::string>& pairs) {
  json::object all;
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return failure::because("--metadata is \"" + pair + "\"; expected NAME=VALUE");
    all[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return all;
}

}  // namespace

outcome<json::object> send_body(const message_options& given, const std::string& text) {
  json::object body{{"user_id", given.user}, {"message", text}};
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  if (!std::ranges::all_of(given.idempotency_key, [](char c) { return c >= ' ' && c < 0x7f; }))
    return failure::because("--idempotency-key must have only printable ASCII characters");
  if (!given.to.empty()) body["recipients"] = json::array(given.to.begin(), given.to.end());
  add("type", given.type);
  add("subject", given.subject);
  const auto html = html_of(given.html);
  if (!html) return html.error();
  add("html", *html);
  add("priority", given.priority);
  add("send_at", given.send_at);
  if (!given.ttl.empty()) {
    const auto seconds = seconds_of(given.ttl);
    if (!seconds) return seconds.error();
    body["ttl"] = *seconds;
  }
  add("reference", given.reference);
  if (!given.metadata.empty()) {
    auto metadata = metadata_of(given.metadata);
    if (!metadata) return metadata.error();
    body["metadata"] = std::move(*metadata);
  }
  return body;
}

void add_message_options(CLI::App& sub, message_options& options) {
  add_option(sub, "--user", options.user, "the user whose list of providers is used")
      .required()
      .check(refusal_of_id)
      .type_name("ID");
  add_option(
      sub, "--to", options.to,
      "a recipient (repeatable); without it: the user, at the addresses of the user's own list")
      .one_value_each()
      .type_name("RECIPIENT");
  add_option(sub, "--type", options.type, "the provider type to try first").type_name("TYPE");
  add_option(sub, "--subject", options.subject, "the subject, for providers that have one");
  add_option(sub, "--html", options.html, "the same as HTML, for email; @FILE reads it from a file")
      .type_name("HTML");
  add_option(sub, "--priority", options.priority, "high, normal or low (default: normal)")
      .one_of({"high", "normal", "low"})
      .type_name("PRIORITY");
  add_option(sub, "--send-at", options.send_at,
             "the earliest time of sending, such as 2026-11-23T05:06:07Z")
      .type_name("TIME");
  add_option(sub, "--ttl", options.ttl, "expire the message if it was not sent after this time")
      .type_name("DURATION");
  add_option(sub, "--reference", options.reference,
             "store your own name for it, by which it is found; at most 128 bytes")
      .type_name("TEXT");
  add_option(sub, "--metadata", options.metadata, "store this with the message (repeatable)")
      .one_value_each()
      .type_name("NAME=VALUE");
  add_option(sub, "--idempotency-key", options.idempotency_key,
             "repeat the command with the same key without sending twice")
      .type_name("KEY");
}

}  // namespace postrider::cli
