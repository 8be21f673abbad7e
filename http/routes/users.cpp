#include "http/routes/users.hpp"

#include "http/json_writer.hpp"
#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"

#include <array>
#include <limits>

namespace postrider::http::routes {
namespace {

using actors::user_provider_line;
using list = std::vector<user_provider_line>;

constexpr std::size_t max_lines = 1'000;

constexpr std::array members{
    member<user_provider_line>{"provider", presence::required,
                               [](const field& from, user_provider_line& into) {
                                 if (const auto name = from.text(1, 64)) into.provider = *name;
                               }},
    member<user_provider_line>{"priority", presence::optional,
                               [](const field& from, user_provider_line& into) {
                                 constexpr auto last = std::numeric_limits<std::int32_t>::max();
                                 if (const auto place = from.integer(1, last))
                                   into.priority = static_cast<std::int32_t>(*place);
                               }},
    member<user_provider_line>{"active", presence::optional,
                               [](const field& from, user_provider_line& into) {
                                 if (const auto yes = from.boolean()) into.active = *yes;
                               }},
    member<user_provider_line>{"address", presence::optional,
                               [](const field& from, user_provider_line& into) {
                                 if (const auto text =
                                         from.text(0, persistence::max_recipient_bytes))
                                   into.address = *text;
                               }},
    member<user_provider_line>{"fallback_on_undelivered", presence::optional,
                               [](const field& from, user_provider_line& into) {
                                 if (const auto yes = from.boolean())
                                   into.fallback_on_undelivered = *yes;
                               }},
};

std::optional<problem> write_list(const list& lines, response& answer) {
  json_writer json(answer.body);
  json.begin_array();
  for (const auto& line : lines)
    json.begin_object()
        .member("provider", line.provider)
        .member("priority", line.priority)
        .member("active", line.active)
        .member("address", line.address)
        .member("fallback_on_undelivered", line.fallback_on_undelivered)
        .end_object();
  json.end_array();
  return std::nullopt;
}

}  // namespace

void get_user_providers(exchange& x) {
  const auto user = read_id<persistence::user_id>(x, 0, "user");
  if (!user || !check_user(x, *user)) return;
  x.ask<list>([user = *user](actors::gateway& gateway,
                             auto done) { gateway.user_providers(user, std::move(done)); },
              write_list);
}

void put_user_providers(exchange& x) {
  const auto user = read_id<persistence::user_id>(x, 0, "user");
  if (!user) return;
  list lines;
  const auto read = [&](const field& document) {
    document.elements(0, max_lines, [&](const field& element) {
      read_members<user_provider_line>(element, members, lines.emplace_back());
    });
  };
  if (!read_body(x, read)) return;
  x.ask<list>(
      [user = *user, lines = std::move(lines)](actors::gateway& gateway, auto done) mutable {
        gateway.put_user_providers(user, std::move(lines), std::move(done));
      },
      write_list);
}

}  // namespace postrider::http::routes
