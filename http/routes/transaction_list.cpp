#include "http/routes/transaction_list.hpp"

#include "base/time_text.hpp"
#include "http/routes/argument_reader.hpp"
#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"

#include <charconv>

namespace postrider::http::routes {
namespace {

using actors::transaction_id;
using actors::transaction_query;

constexpr std::int32_t max_limit = 500;
/// So that the form can change and an old cursor be known.
constexpr std::string_view cursor_version = "a";

/// Places of the query parameters (list_parameters).
struct list_argument {
  enum : std::size_t {
    status,
    provider,
    provider_type,
    recipient,
    error_code,
    archived,
    created_after,
    created_before,
    limit,
    cursor
  };
};

std::optional<bool> read_flag(std::string_view text) {
  if (text == "true") return true;
  return text == "false" ? std::optional(false) : std::nullopt;
}

std::optional<std::int32_t> read_limit(std::string_view text) {
  return read_number(text, max_limit);
}

std::optional<transaction_id> read_cursor(std::string_view text) {
  const auto before = decode_cursor(text);
  return before > 0 ? std::optional(before) : std::nullopt;
}

std::optional<persistence::error_code> read_error(std::string_view text) {
  const auto code = persistence::parse_error_code(text);
  return code == persistence::error_code::none ? std::nullopt : code;
}

std::optional<problem> read_query(const exchange& x, transaction_query& query) {
  argument_reader from(x, list_parameters);
  const auto text = [](const std::string& value) { return std::optional(value); };
  const auto time = [](const std::string& value) { return parse_rfc3339(value); };
  from.take(list_argument::status, query.status, "pending, processing, success or failed",
            persistence::parse_transaction_status);
  from.take(list_argument::provider, query.provider, "a name", text);
  from.take(list_argument::provider_type, query.provider_type, "a name", text);
  from.take(list_argument::recipient, query.recipient, "an address", text);
  from.take(list_argument::error_code, query.error, "one of " + persistence::error_code_list(),
            read_error);
  from.take(list_argument::archived, query.archived, "true or false", read_flag);
  from.take(list_argument::created_after, query.created_after,
            "a time such as 2026-11-23T05:06:07Z", time);
  from.take(list_argument::created_before, query.created_before,
            "a time such as 2026-11-23T05:06:07Z", time);
  from.take(list_argument::limit, query.limit, "a number from 1 to 500", read_limit);
  from.take(list_argument::cursor, query.before, "the next_cursor of a page", read_cursor);
  return from.wrong();
}

void list(exchange& x, std::optional<actors::user_id> user) {
  transaction_query query;
  query.user = user;
  query.test = caller(x).tests();
  if (const auto wrong = read_query(x, query)) return x.fail(*wrong);
  x.ask<actors::transaction_listing>(
      [query = std::move(query)](actors::gateway& gateway, auto done) mutable {
        gateway.list_transactions(std::move(query), std::move(done));
      },
      [](const actors::transaction_listing& page, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& one : page.transactions)
          write_transaction(json, one);
        json.end_array().member("has_more", page.next_before != 0);
        json.text_or_null("next_cursor",
                          page.next_before == 0 ? "" : encode_cursor(page.next_before));
        json.end_object();
        return std::nullopt;
      });
}

}  // namespace

std::string encode_cursor(transaction_id before) {
  return fmt::format("{}{:016x}", cursor_version, static_cast<std::uint64_t>(before));
}

transaction_id decode_cursor(std::string_view text) {
  if (text.size() != cursor_version.size() + 16 || !text.starts_with(cursor_version)) return 0;
  const std::string_view digits = text.substr(cursor_version.size());
  transaction_id before = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), before, 16);
  // Also in capitals it would be a number, but not one that was given.
  return error == std::errc() && before > 0 && encode_cursor(before) == text ? before : 0;
}

void get_transactions(exchange& x) {
  const caller who(x);
  if (!who.is_limited()) return list(x, std::nullopt);
  if (who.users().size() == 1) return list(x, who.users().front());
  x.fail(
      {problem_code::insufficient_scope,
       fmt::format("this key acts for {} users, and a list of theirs is a list of one of them: ask "
                   "for /v1/users/{}/transactions, and so for each",
                   who.users().size(), who.users().front())});
}

void get_user_transactions(exchange& x) {
  const auto user = read_id<actors::user_id>(x, 0, "user");
  if (user && check_user(x, *user)) list(x, *user);
}

}  // namespace postrider::http::routes
