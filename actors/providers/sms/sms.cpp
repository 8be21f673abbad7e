#include "actors/providers/sms/sms.hpp"

#include "actors/providers/problem_list.hpp"
#include "actors/providers/sms/sms_kannel.hpp"
#include "actors/providers/sms/sms_twilio.hpp"
#include "actors/providers/titled_text.hpp"
#include "actors/rules/addresses.hpp"
#include "base/hex.hpp"

#include <algorithm>
#include <charconv>

namespace postrider::actors {
namespace {

constexpr driver_key sms_keys[]{
    {"api", key_kind::text, true, "", "twilio: Twilio's Messages API; kannel: Kannel's sendsms"},
    {"url", key_kind::text, false, "",
     "twilio: https://api.twilio.com by default; kannel: the URL of smsbox, such as "
     "http://127.0.0.1:13013"},
    {"account_sid", key_kind::text, false, "", "twilio: the account, AC and 32 hexadecimal digits"},
    {"auth_token", key_kind::secret, false, "", "twilio: the account's auth token"},
    {"messaging_service_sid", key_kind::text, false, "",
     "twilio: in place of from, MG and 32 hexadecimal digits"},
    {"username", key_kind::text, false, "", "kannel: the name of a sendsms-user"},
    {"password", key_kind::secret, false, "", "kannel: the password of that user"},
    {"from", key_kind::text, false, "",
     "the sender: a phone number, a short code or a name of at most 11 characters"},
    {"max_segments", key_kind::integer, false, "10",
     "texts that take more short messages than this are refused, 1 to 255"},
    subject_in_text_key,
    {"ca_file", key_kind::text, false, "",
     "PEM file of the authorities to trust in place of the system's"},
};

constexpr std::string_view twilio_url = "https://api.twilio.com";
constexpr std::size_t most_segments = 255;
/// A full part of UTF-16 has at least 66 units, none of which is less than a byte; one of 152
/// septets has at least 76 bytes.
constexpr std::size_t fewest_bytes_of_part = 66;

struct api_keys {
  std::string_view api;
  std::vector<std::string_view> required;
  std::vector<std::string_view> foreign;
};

/// Both kinds of mistakes would otherwise show at the first message only.
void check_keys(const provider_settings& settings, const api_keys& api, problem_list& wrong) {
  const auto say = [&](std::string_view name, std::string_view what) {
    wrong.add(std::string(name).append(": api = \"").append(api.api).append("\" ").append(what));
  };
  for (const auto name : api.required)
    if (key_value(settings, name).empty()) say(name, "needs it");
  for (const auto name : api.foreign)
    if (!key_value(settings, name).empty()) say(name, "does not take it");
}

std::optional<std::size_t> segments_in(std::string_view text) {
  std::size_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value >= 1 && value <= most_segments ? std::optional(value) : std::nullopt;
}

bool is_sid(std::string_view text, std::string_view prefix) {
  return text.size() == 34 && text.starts_with(prefix) && is_hex(text.substr(2));
}

/// A phone number with or without +, a short code, or a name (3GPP TS 23.040, 9.1.2.5: 11 septets).
bool is_sender(std::string_view text) {
  const auto digits = text.starts_with('+') ? text.substr(1) : text;
  if (!digits.empty() && digits.size() <= 15 &&
      digits.find_first_not_of("0123456789") == std::string_view::npos)
    return true;
  return !text.empty() && text.size() <= 11 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

/// The settings that both have in common.
sms_settings read_common(const provider_settings& settings, std::string_view url,
                         problem_list& wrong) {
  sms_settings to;
  // Without one its key is missing, which was said.
  if (auto normal = normalise_url(url); !normal) {
    if (!url.empty()) wrong.add("url: " + normal.error().detail);
  } else if (normal->find_first_of("?#") != std::string::npos) {
    wrong.add("url: it must end with a host or a path, without ? or #");
  } else {
    while (normal->back() == '/')
      normal->pop_back();
    to.url = std::move(*normal);
  }
  if (const auto segments = key_value(settings, "max_segments"); !segments.empty()) {
    const auto most = segments_in(segments);
    if (most) to.max_segments = *most;
    else wrong.add("max_segments: it must be 1 to 255");
  }
  to.from = key_value(settings, "from");
  if (!to.from.empty() && !is_sender(to.from))
    wrong.add("from: it must be a phone number, a short code or a name of at most 11 characters");
  to.subject_in_text = subject_in_text(settings, wrong);
  to.name = settings.name;
  to.ca_file = key_value(settings, "ca_file");
  to.connect_timeout = settings.connect_timeout;
  to.timeout = settings.timeout;
  return to;
}

made_driver refused(std::string why) {
  return made_driver(boost::system::in_place_error, std::move(why));
}

made_driver make_twilio(const provider_settings& settings) {
  static const api_keys api{"twilio", {"account_sid", "auth_token"}, {"username", "password"}};
  problem_list wrong;
  check_keys(settings, api, wrong);
  const auto account = key_value(settings, "account_sid");
  const auto service = key_value(settings, "messaging_service_sid");
  if (!account.empty() && !is_sid(account, "AC"))
    wrong.add("account_sid: it must be AC and 32 hexadecimal digits");
  if (!service.empty() && !is_sid(service, "MG"))
    wrong.add("messaging_service_sid: it must be MG and 32 hexadecimal digits");
  if (key_value(settings, "from").empty() == service.empty())
    wrong.add("from: give either from or messaging_service_sid");
  const auto url = key_value(settings, "url");
  auto to = read_common(settings, url.empty() ? twilio_url : url, wrong);
  if (!wrong.empty()) return refused(wrong.text());
  to.username = account;
  to.password = key_value(settings, "auth_token");
  to.messaging_service_sid = service;
  return make_sms_twilio(std::move(to));
}

made_driver make_kannel(const provider_settings& settings) {
  static const api_keys api{"kannel",
                            {"url", "username", "password", "from"},
                            {"account_sid", "auth_token", "messaging_service_sid"}};
  problem_list wrong;
  check_keys(settings, api, wrong);
  auto to = read_common(settings, key_value(settings, "url"), wrong);
  if (!wrong.empty()) return refused(wrong.text());
  to.username = key_value(settings, "username");
  to.password = key_value(settings, "password");
  return make_sms_kannel(std::move(to));
}

made_driver make_sms_driver(const provider_settings& settings) {
  const auto api = key_value(settings, "api");
  if (api == "twilio") return make_twilio(settings);
  if (api == "kannel") return make_kannel(settings);
  return refused("api: it must be \"twilio\" or \"kannel\"");
}

}  // namespace

std::optional<std::string> sms_refusal(std::string_view text, std::size_t max_segments) {
  if (text.empty()) return "an SMS needs a text";
  // Most texts are shorter than anything that could be too long.
  if (text.size() <= max_segments * fewest_bytes_of_part) return std::nullopt;
  const auto length = measure_sms(text);
  if (length.segments <= max_segments) return std::nullopt;
  return "the text takes " + std::to_string(length.segments) + " short messages of " +
         (length.alphabet == sms_alphabet::gsm7 ? "153 septets" : "67 UTF-16 units") +
         ", more than max_segments = " + std::to_string(max_segments);
}

transfer_request sms_request(const sms_settings& settings) {
  transfer_request request;
  request.group = settings.name;
  request.ca_file = settings.ca_file;
  request.connect_timeout = settings.connect_timeout;
  request.timeout = settings.timeout;
  return request;
}

driver_type sms_driver_type() {
  return {"sms",          "SMS, through Twilio or Kannel", sms_keys, std::chrono::seconds(30), 0,
          make_sms_driver};
}

}  // namespace postrider::actors
