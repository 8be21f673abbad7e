#include "http/routes/retry.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/body.hpp"

#include <array>
#include <limits>

namespace postrider::http::routes {
namespace {

using wanted_retry = actors::retry_request;

constexpr std::size_t max_ids = 1'000;
constexpr auto largest = std::numeric_limits<std::int64_t>::max();

void read_ids(const field& from, wanted_retry& into) {
  from.elements(1, max_ids, [&](const field& element) {
    if (const auto id = element.integer(1, largest)) into.ids.push_back(*id);
  });
}

void read_message_id(const field& from, wanted_retry& into) {
  const auto text = from.text(36, 36);
  if (!text) return;
  into.message = persistence::parse_message_id(*text);
  if (!into.message) from.wrong("bad_message_id", "must be a message id (a UUID)");
}

void read_error_code(const field& from, wanted_retry& into) {
  const auto text = from.text(1, 64);
  if (!text) return;
  into.error = persistence::parse_error_code(*text);
  if (!into.error || *into.error == persistence::error_code::none)
    from.wrong("unknown_error_code", fmt::format("there is no error code \"{}\"; known are {}",
                                                 *text, persistence::error_code_list()));
}

void read_retry_flag(const field& from, bool wanted_retry::*flag, wanted_retry& into) {
  if (const auto yes = from.boolean()) into.*flag = *yes;
}

constexpr std::array retry_members{
    member<wanted_retry>{"ids", presence::optional, read_ids},
    member<wanted_retry>{"message_id", presence::optional, read_message_id},
    member<wanted_retry>{
        "user_id", presence::optional,
        [](const field& from, wanted_retry& into) { into.user = from.integer(1, largest); }},
    member<wanted_retry>{"provider", presence::optional,
                         [](const field& from, wanted_retry& into) {
                           if (const auto name = from.text(1, 64)) into.provider = *name;
                         }},
    member<wanted_retry>{"error_code", presence::optional, read_error_code},
    member<wanted_retry>{
        "created_after", presence::optional,
        [](const field& from, wanted_retry& into) { into.created_after = from.time(); }},
    member<wanted_retry>{
        "created_before", presence::optional,
        [](const field& from, wanted_retry& into) { into.created_before = from.time(); }},
    member<wanted_retry>{"include_final", presence::optional,
                         [](const field& from, wanted_retry& into) {
                           read_retry_flag(from, &wanted_retry::include_final, into);
                         }},
    member<wanted_retry>{"dry_run", presence::optional,
                         [](const field& from, wanted_retry& into) {
                           read_retry_flag(from, &wanted_retry::dry_run, into);
                         }},
    member<wanted_retry>{"cursor", presence::optional,
                         [](const field& from, wanted_retry& into) {
                           if (const auto text = from.text(1, 64)) into.cursor = *text;
                         }},
};

constexpr std::array mistaken_retry_members{
    mistaken_name{"id", "use `ids`, an array"},
    mistaken_name{"transaction", "use `ids`, an array"},
    mistaken_name{"transactions", "use `ids`, an array"},
    mistaken_name{"transactionids", "use `ids`, an array"},
    mistaken_name{"message", "use `message_id`"},
    mistaken_name{"error", "use `error_code`"},
    mistaken_name{"since", "use `created_after`"},
    mistaken_name{"from", "use `created_after`"},
    mistaken_name{"until", "use `created_before`"},
    mistaken_name{"to", "use `created_before`"},
    mistaken_name{"force", "use `include_final`"},
};

std::optional<problem> write_report(const actors::retry_report& report, response& answer) {
  json_writer json(answer.body);
  json.begin_object()
      .member("selected", report.selected)
      .member("retried", report.retried)
      .key("skipped")
      .begin_array();
  for (const auto& one : report.skipped)
    json.begin_object().member("id", one.id).member("reason", one.reason).end_object();
  json.end_array()
      .member("has_more", !report.next_cursor.empty())
      .text_or_null("next_cursor", report.next_cursor)
      .key("waiting")
      .begin_array();
  for (const auto& one : report.waiting)
    json.begin_object()
        .member("provider", one.provider)
        .member("count", one.count)
        .member("until", one.until)
        .end_object();
  json.end_array().end_object();
  return std::nullopt;
}

}  // namespace

void retry_failed(exchange& x) {
  wanted_retry wanted;
  const auto read = [&](const field& document) {
    read_members<wanted_retry>(document, retry_members, wanted, mistaken_retry_members);
    if (!wanted.ids.empty() && wanted.message)
      document.wrong_member("message_id", "conflict", "cannot be combined with ids");
  };
  if (!x.request.body.empty() && !read_body(x, read)) return;
  x.ask<actors::retry_report>(
      [wanted = std::move(wanted)](actors::gateway& gateway, auto done) {
        gateway.retry(wanted, std::move(done));
      },
      write_report);
}

}  // namespace postrider::http::routes
