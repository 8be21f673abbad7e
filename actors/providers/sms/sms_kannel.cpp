#include "actors/providers/sms/sms_kannel.hpp"

#include "actors/providers/foreign_reply.hpp"
#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/titled_text.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "base/percent.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using enum outcome_kind;

struct reply_row {
  int status;
  std::string_view begins;
  outcome_kind kind;
};

/// The first row that fits counts. The texts are those in smsbox of Debian's kannel 1.4.5-12, the
/// statuses those of gw/smsbox.c (pruiz/kannel); docs/internals/providers-evidence.md has a line
/// for each row.
constexpr reply_row replies[]{
    {202, "0:", accepted},
    {202, "3:", accepted},
    // With one receiver the denied one is ours.
    {202, "Sent. Denied receivers", recipient_rejected},
    {202, "Sent.", accepted},
    {400, "Missing receiver number", recipient_rejected},
    {400, "Empty receiver", recipient_rejected},
    {400, "Number(s) has/have been denied", recipient_rejected},
    {400, "Sender missing", misconfigured},
    {400, "DLR-Mask field", misconfigured},
    {400, "DLR-URL field", misconfigured},
    {400, "Coding field", message_rejected},
    {400, "Charset or body misformed", message_rejected},
    {403, "Not routable", recipient_rejected},
    {403, "Authorization failed for sendsms", misconfigured},
    {404, "Unknown request.", misconfigured},
    // Only with several receivers may some have got it.
    {500, "Sending failed.", unavailable},
    // The queue to the network is full.
    {503, "Temporal failure", throttled},
};

/// Bits of dlr-mask: all but 32, which reports intermediate states.
constexpr std::string_view wanted_reports = "31";

/// Kannel decodes the value of dlr-url once, then fills in its own escapes (gw/urltrans.c): %d the
/// report's type, %A what the SMSC said, %i the SMSC's id in Kannel, %F its id of the message. A
/// percent sign that is to stay one is %%.
std::string report_url(std::string_view receipt_url) {
  std::string url;
  for (const char c : receipt_url)
    url.append(c == '%' ? 2 : 1, c);
  url += receipt_url.find('?') == std::string_view::npos ? '?' : '&';
  return url + "type=%d&answer=%A&smsc=%i&id=%F";
}

std::string_view query_value(const receipt_call& call, std::string_view name) {
  const auto at = std::find_if(call.query.begin(), call.query.end(),
                               [name](const auto& field) { return field.first == name; });
  return at == call.query.end() ? std::string_view() : std::string_view(at->second);
}

/// The bits of the mask, one a report.
std::optional<persistence::receipt> report_kind(std::string_view type) {
  if (type == "1") return persistence::receipt::delivered;
  if (type == "2" || type == "16") return persistence::receipt::undelivered;
  if (type == "4" || type == "8" || type == "32") return persistence::receipt::accepted;
  return std::nullopt;
}

/// The request's URL, which a page may repeat in part and in its own encoding, without what was
/// asked.
std::string without_query(std::string_view page) {
  constexpr std::string_view mark = "/cgi-bin/sendsms?";
  std::string out;
  for (auto at = page.find(mark); at != page.npos; at = page.find(mark)) {
    out.append(page.substr(0, at + mark.size())).append("***");
    page.remove_prefix(std::min(page.find_first_of(" \t\r\n\"'<>", at), page.size()));
  }
  return out.append(page);
}

class kannel_driver final : public driver {
 public:
  explicit kannel_driver(sms_settings settings) : settings_(std::move(settings)) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return recipient.phone.empty() ? std::nullopt : std::optional(recipient.phone);
  }

  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    const titled_view text(message, settings_.subject_in_text);
    // Another text than an empty one can be cut.
    if (message.shorten && !text.get().empty()) return std::nullopt;
    return sms_refusal(text.get(), settings_.max_segments);
  }

  transfer_request compose(const delivery_content& content) const override {
    const auto text = text_of(*content.message);
    const bool gsm7 = measure_sms(text).alphabet == sms_alphabet::gsm7;
    // Kannel converts from `charset`, so that the text is UTF-8 either way.
    form_fields query{{"username", settings_.username},
                      {"password", settings_.password},
                      {"from", settings_.from},
                      {"to", content.address},
                      {"coding", gsm7 ? "0" : "2"},
                      {"charset", "UTF-8"},
                      {"text", text}};
    if (!content.receipt_url.empty()) {
      query.emplace_back("dlr-mask", wanted_reports);
      query.emplace_back("dlr-url", report_url(content.receipt_url));
    }
    auto request = sms_request(settings_);
    request.method = "GET";
    request.url = settings_.url + "/cgi-bin/sendsms?" + form_encoded(query);
    return request;
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    auto transport = transport_outcome(result);
    const bool refused = has_status(result) && result.status >= 400;
    if (transport && !refused) return std::move(*transport);
    const auto row = std::find_if(std::begin(replies), std::end(replies), [&](const auto& r) {
      return r.status == result.status && result.body.starts_with(r.begins);
    });
    if (row == std::end(replies))
      return classify_foreign_reply(content, result,
                                    said(content, result) + ": is `url` that of Kannel's smsbox?");
    if (row->kind == accepted) return {accepted, {}, {}, {}};
    outcome out{row->kind, said(content, result), {}, {}};
    out.credentials = row->kind == misconfigured && refuses_credentials(result);
    if (row->kind == throttled) out.retry_after = retry_after(result, content.now);
    return out;
  }

  receipt_reading read_receipt(const receipt_call& call) const override {
    if (call.method != "GET") return receipt_refusal{400, "Kannel fetches dlr-url with GET"};
    const auto kind = report_kind(query_value(call, "type"));
    if (!kind) return receipt_refusal{400, "type must be one of 1, 2, 4, 8, 16 and 32"};
    receipt_report report;
    report.kind = *kind;
    if (*kind == persistence::receipt::undelivered)
      report.detail = quoted_reply(query_value(call, "answer"));
    return std::vector{std::move(report)};
  }

 private:
  std::string text_of(const persistence::message& message) const {
    return sent_text(message, settings_.subject_in_text, [this](std::string_view text) {
      return !sms_refusal(text, settings_.max_segments);
    });
  }

  std::string said(const delivery_content& content, const transfer_result& result) const {
    // A page that repeats the URL has it encoded, in one way or another.
    const auto text = text_of(*content.message);
    const auto encoded = percent_encoded(text);
    auto in_form = encoded;
    for (auto at = in_form.find("%20"); at != in_form.npos; at = in_form.find("%20", at))
      in_form.replace(at, 3, "+");
    const auto password = percent_encoded(settings_.password);
    std::vector<std::string_view> hidden{settings_.password, password};
    // A shorter one is a part of many words.
    constexpr std::size_t shortest_text = 4;
    if (text.size() >= shortest_text) hidden.insert(hidden.end(), {text, encoded, in_form});
    return "Kannel answered HTTP " + std::to_string(result.status) + ": " +
           quoted_reply(without_query(result.body), hidden);
  }

  sms_settings settings_;
};

}  // namespace

std::unique_ptr<driver> make_sms_kannel(sms_settings settings) {
  return std::make_unique<kannel_driver>(std::move(settings));
}

}  // namespace postrider::actors
