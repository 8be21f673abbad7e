#include "http/routes/users.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"

#include <array>
#include <limits>

namespace postrider::http::routes {
namespace {

using actors::user_provider_line;
using line_list = std::vector<user_provider_line>;

/// A line as it is read.
struct line_draft : user_provider_line {
  bool has_priority = false;
};

constexpr std::size_t max_lines = 1'000;

constexpr std::array line_members{
    member<line_draft>{"provider", presence::required,
                       [](const field& from, line_draft& into) {
                         if (const auto name = from.text(1, 64)) into.provider = *name;
                       }},
    member<line_draft>{"priority", presence::optional,
                       [](const field& from, line_draft& into) {
                         into.has_priority = true;
                         constexpr auto last = std::numeric_limits<std::int32_t>::max();
                         if (const auto place = from.integer(1, last))
                           into.priority = static_cast<std::int32_t>(*place);
                       }},
    member<line_draft>{"active", presence::optional,
                       [](const field& from, line_draft& into) {
                         if (const auto yes = from.boolean()) into.active = *yes;
                       }},
    member<line_draft>{"address", presence::optional,
                       [](const field& from, line_draft& into) {
                         if (const auto text = from.text(0, persistence::max_recipient_bytes))
                           into.address = *text;
                       }},
    member<line_draft>{"fallback_on_undelivered", presence::optional,
                       [](const field& from, line_draft& into) {
                         if (const auto yes = from.boolean()) into.fallback_on_undelivered = *yes;
                       }},
};

constexpr std::array mistaken_line_members{
    mistaken_name{"name", "use `provider`"},
    mistaken_name{"providername", "use `provider`"},
    mistaken_name{"id", "use `provider`, a name"},
    mistaken_name{"order", "use `priority`"},
    mistaken_name{"enabled", "use `active`"},
    mistaken_name{"disabled", "use `active`"},
    mistaken_name{"recipient", "use `address`"},
    mistaken_name{"phone", "use `address`"},
    mistaken_name{"number", "use `address`"},
    mistaken_name{"email", "use `address`"},
    mistaken_name{"url", "use `address`"},
    mistaken_name{"to", "use `address`"},
    mistaken_name{"type", "use `provider`, a name; GET /v1/providers lists them"},
};

std::optional<problem> write_list(const line_list& lines, response& answer) {
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
  x.ask<line_list>([user = *user](actors::gateway& gateway,
                                  auto done) { gateway.user_providers(user, std::move(done)); },
                   write_list);
}

void put_user_providers(exchange& x) {
  const auto user = read_id<persistence::user_id>(x, 0, "user");
  if (!user) return;
  line_list lines;
  const auto read = [&](const field& document) {
    document.elements(0, max_lines, [&](const field& element) {
      line_draft line;
      read_members<line_draft>(element, line_members, line, mistaken_line_members);
      // A list has its order without numbers too.
      if (!line.has_priority) line.priority = static_cast<std::int32_t>(lines.size()) + 1;
      lines.push_back(std::move(line));
    });
  };
  if (!read_body(x, read)) return;
  x.ask<line_list>(
      [user = *user, lines = std::move(lines)](actors::gateway& gateway, auto done) mutable {
        gateway.put_user_providers(user, std::move(lines), std::move(done));
      },
      write_list);
}

}  // namespace postrider::http::routes
