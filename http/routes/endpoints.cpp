#include "http/routes/endpoints.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/argument_reader.hpp"
#include "http/routes/body.hpp"

#include <algorithm>
#include <limits>

namespace postrider::http::routes {
namespace {

using persistence::endpoint;
using persistence::endpoint_id;

constexpr std::int32_t max_deliveries = 200;
constexpr std::int64_t longest_overlap_s = 30 * 24 * 3600;

/// An endpoint as it is read, new or changed: what is there is in `change`.
struct endpoint_draft {
  actors::endpoint_change change;
  std::optional<persistence::event_cursor> after;
};

void read_event_types(const field& from, endpoint_draft& into) {
  auto& types = into.change.what.types.emplace(0);
  from.elements(0, 64, [&](const field& element) {
    const auto name = element.text(1, 64);
    if (!name) return;
    const auto named = persistence::types_named(*name);
    if (named == 0)
      element.wrong("unknown_event",
                    fmt::format("there is no event \"{}\"; names are such as \"message.failed\" "
                                "or \"message.*\"",
                                *name));
    types |= named;
  });
}

void read_event_users(const field& from, endpoint_draft& into) {
  auto& users = into.change.what.users.emplace();
  from.elements(0, persistence::max_endpoint_users, [&](const field& element) {
    if (const auto user = element.integer(1, std::numeric_limits<std::int64_t>::max()))
      users.push_back(*user);
  });
  std::ranges::sort(users);
  users.erase(std::ranges::unique(users).begin(), users.end());
}

constexpr member<endpoint_draft> url_member(presence needed) {
  return {"url", needed, [](const field& from, endpoint_draft& into) {
            if (const auto text = from.text(1, persistence::max_endpoint_url_bytes))
              into.change.what.url = *text;
          }};
}
constexpr member<endpoint_draft> description_member{"description", presence::optional,
                                                    [](const field& from, endpoint_draft& into) {
                                                      if (const auto text = from.text(0, 100))
                                                        into.change.what.description = *text;
                                                    }};
constexpr member<endpoint_draft> types_member{"types", presence::optional, read_event_types};
constexpr member<endpoint_draft> users_member{"user_ids", presence::optional, read_event_users};
constexpr member<endpoint_draft> private_member{"allow_private", presence::optional,
                                                [](const field& from, endpoint_draft& into) {
                                                  if (const auto yes = from.boolean())
                                                    into.change.what.allow_private = *yes;
                                                }};
constexpr member<endpoint_draft> secret_member{
    "secret", presence::optional, [](const field& from, endpoint_draft& into) {
      if (const auto text = from.text(1, persistence::max_endpoint_secret_bytes))
        into.change.what.secret = *text;
    }};

constexpr std::array new_members{
    url_member(presence::required),
    description_member,
    types_member,
    users_member,
    private_member,
    secret_member,
    member<endpoint_draft>{"after", presence::optional,
                           [](const field& from, endpoint_draft& into) {
                             const auto text = from.text(0, 100'000);
                             if (!text || *text == "now") return;
                             into.after = text->empty() ? persistence::event_cursor()
                                                        : persistence::decode_cursor(*text);
                             if (!into.after)
                               from.wrong("bad_cursor",
                                          "it must be \"now\", a cursor that this server gave, or "
                                          "\"\" for the oldest event");
                           }},
};

constexpr std::array changed_members{
    url_member(presence::optional),
    description_member,
    types_member,
    users_member,
    private_member,
    secret_member,
    member<endpoint_draft>{"enabled", presence::optional,
                           [](const field& from, endpoint_draft& into) {
                             if (const auto yes = from.boolean()) into.change.what.enabled = *yes;
                           }},
    member<endpoint_draft>{"rotate_secret", presence::optional,
                           [](const field& from, endpoint_draft& into) {
                             if (const auto yes = from.boolean()) into.change.rotate = *yes;
                           }},
    member<endpoint_draft>{"overlap_seconds", presence::optional,
                           [](const field& from, endpoint_draft& into) {
                             if (const auto seconds = from.integer(0, longest_overlap_s))
                               into.change.overlap = std::chrono::seconds(*seconds);
                           }},
};

/// The deliveries to send again: one of these.
struct replay_draft {
  std::optional<persistence::event_cursor> after;
  std::optional<time_point> since;
  std::int64_t delivery = 0;
  bool undelivered = false;
};

constexpr std::array replay_members{
    member<replay_draft>{"after", presence::optional,
                         [](const field& from, replay_draft& into) {
                           const auto text = from.text(0, 100'000);
                           if (!text) return;
                           into.after = text->empty() ? persistence::event_cursor()
                                                      : persistence::decode_cursor(*text);
                           if (!into.after)
                             from.wrong("bad_cursor",
                                        "it must be a cursor that this server gave, or \"\" for "
                                        "the oldest event that is kept");
                         }},
    member<replay_draft>{"since", presence::optional,
                         [](const field& from, replay_draft& into) { into.since = from.time(); }},
    member<replay_draft>{"delivery_id", presence::optional,
                         [](const field& from, replay_draft& into) {
                           const auto most = std::numeric_limits<std::int64_t>::max();
                           if (const auto id = from.integer(1, most)) into.delivery = *id;
                         }},
    member<replay_draft>{"undelivered", presence::optional,
                         [](const field& from, replay_draft& into) {
                           if (const auto yes = from.boolean()) into.undelivered = *yes;
                         }},
};

std::string_view endpoint_state(const endpoint& e) {
  if (!e.enabled) return "disabled";
  return e.health.failing_since || e.health.paused_until ? "failing" : "active";
}

void write_types(json_writer& json, std::uint32_t types) {
  json.begin_array();
  for (int i = 1; i <= static_cast<int>(persistence::last_event_type); ++i) {
    const auto type = static_cast<persistence::event_type>(i);
    if (types & persistence::bit_of(type)) json.value(persistence::to_string(type));
  }
  json.end_array();
}

void write_endpoint(json_writer& json, const endpoint& e, std::string_view secret = {}) {
  json.begin_object().member("id", e.id).member("url", e.url);
  json.member("description", e.description);
  if (!secret.empty()) json.member("secret", secret);
  json.key("types");
  write_types(json, e.types);
  json.key("user_ids").begin_array();
  for (const auto user : e.users)
    json.value(user);
  json.end_array()
      .member("allow_private", e.allow_private)
      .member("state", endpoint_state(e))
      .text_or_null("disabled_reason", e.disabled_reason)
      .member("created_at", e.created_at)
      .member("cursor", persistence::encode_cursor(e.place))
      .member("since", e.since)
      .member("last_success_at", e.health.last_success_at)
      .member("last_failure_at", e.health.last_failure_at)
      .member("failing_since", e.health.failing_since)
      .member("paused_until", e.health.paused_until)
      .text_or_null("last_error", e.health.last_error)
      .member("old_secret_until", e.old_secret_until)
      .end_object();
}

void write_recent(json_writer& json, const persistence::recent_delivery& d) {
  json.begin_object()
      .member("event_id", to_string(d.place))
      .member("type", persistence::to_string(d.type))
      .member("at", d.at)
      .member("duration_ms", d.took.count())
      .member("delivered", d.error.empty())
      .text_or_null("error", d.error)
      .end_object();
}

void write_delivery(json_writer& json, const persistence::endpoint_delivery& d) {
  const bool waits = d.state == persistence::delivery_state::waiting;
  const bool of_message = d.message != persistence::message_id();
  json.begin_object()
      .member("id", d.id)
      .member("event_id", to_string(d.place))
      .member("type", persistence::to_string(d.type))
      .text_or_null("message_id", of_message ? to_string(d.message) : std::string())
      .member("state", persistence::to_string(d.state))
      .member("attempts", d.attempts)
      .member("next_attempt_at", waits ? std::optional(d.due_at) : std::nullopt)
      .text_or_null("last_error", d.last_error)
      .member("created_at", d.created_at)
      .member("updated_at", d.updated_at)
      .end_object();
}

auto answer_with_endpoint(unsigned status) {
  return
      [status](const actors::changed_endpoint& stored, response& answer) -> std::optional<problem> {
        answer.status = status;
        if (status == 201) answer.location = fmt::format("/v1/endpoints/{}", stored.endpoint.id);
        json_writer json(answer.body);
        write_endpoint(json, stored.endpoint, stored.secret);
        return std::nullopt;
      };
}

std::optional<problem> answer_with_one(const endpoint& found, response& answer) {
  json_writer json(answer.body);
  write_endpoint(json, found);
  return std::nullopt;
}

std::optional<problem> read_delivery_query(const exchange& x, persistence::delivery_query& query) {
  argument_reader from(x, delivery_parameters);
  from.take(0, query.state, "waiting, undelivered or delivered", persistence::parse_delivery_state);
  from.take(1, query.limit, fmt::format("a number from 1 to {}", max_deliveries),
            [](const std::string& value) { return read_number(value, max_deliveries); });
  from.take(2, query.before, "the id of a delivery", [](const std::string& value) {
    return read_number(value, std::numeric_limits<std::int64_t>::max());
  });
  return from.wrong();
}

void answer_replay(exchange& x, persistence::replay_deliveries wanted) {
  x.ask<std::int64_t>([wanted](actors::gateway& gateway,
                               auto done) { gateway.replay_deliveries(wanted, std::move(done)); },
                      [](const std::int64_t& count, response& answer) -> std::optional<problem> {
                        json_writer json(answer.body);
                        json.begin_object().member("deliveries", count).end_object();
                        return std::nullopt;
                      });
}

}  // namespace

void create_endpoint(exchange& x) {
  endpoint_draft draft;
  if (!read_body<endpoint_draft>(x, new_members, draft)) return;
  actors::new_endpoint wanted;
  auto& from = draft.change.what;
  wanted.what.url = from.url.value_or("");
  wanted.what.description = from.description.value_or("");
  wanted.what.types = from.types.value_or(0);
  wanted.what.users = from.users.value_or(std::vector<persistence::user_id>());
  wanted.what.allow_private = from.allow_private.value_or(false);
  wanted.what.secret = from.secret.value_or("");
  wanted.after = std::move(draft.after);
  x.ask<actors::changed_endpoint>(
      [wanted = std::move(wanted)](actors::gateway& gateway, auto done) mutable {
        gateway.create_endpoint(std::move(wanted), std::move(done));
      },
      answer_with_endpoint(201));
}

void get_endpoints(exchange& x) {
  x.ask<std::vector<endpoint>>(
      [](actors::gateway& gateway, auto done) { gateway.endpoints(std::move(done)); },
      [](const std::vector<endpoint>& all, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& e : all)
          write_endpoint(json, e);
        json.end_array().end_object();
        return std::nullopt;
      });
}

void get_endpoint(exchange& x) {
  const auto id = read_id<endpoint_id>(x, 0, "endpoint");
  if (!id) return;
  x.ask<endpoint>([id = *id](actors::gateway& gateway,
                             auto done) { gateway.find_endpoint(id, std::move(done)); },
                  answer_with_one);
}

void patch_endpoint(exchange& x) {
  const auto id = read_id<endpoint_id>(x, 0, "endpoint");
  if (!id) return;
  endpoint_draft draft;
  const auto read = [&](const field& document) {
    read_members<endpoint_draft>(document, changed_members, draft);
    if (draft.change.rotate && draft.change.what.secret)
      document.wrong_member("rotate_secret", "two_secrets",
                            "give a secret, or have one made: not both");
  };
  if (!read_body(x, read)) return;
  draft.change.what.id = *id;
  x.ask<actors::changed_endpoint>(
      [change = std::move(draft.change)](actors::gateway& gateway, auto done) mutable {
        gateway.change_endpoint(std::move(change), std::move(done));
      },
      answer_with_endpoint(200));
}

void delete_endpoint(exchange& x) {
  const auto id = read_id<endpoint_id>(x, 0, "endpoint");
  if (!id) return;
  x.ask<endpoint>([id = *id](actors::gateway& gateway,
                             auto done) { gateway.delete_endpoint(id, std::move(done)); },
                  answer_with_one);
}

void get_endpoint_deliveries(exchange& x) {
  const auto id = read_id<endpoint_id>(x, 0, "endpoint");
  if (!id) return;
  persistence::delivery_query query;
  query.endpoint = *id;
  if (const auto bad = read_delivery_query(x, query)) return x.fail(*bad);
  x.ask<actors::delivery_listing>(
      [query](actors::gateway& gateway, auto done) {
        gateway.endpoint_deliveries(query, std::move(done));
      },
      [limit = query.limit](const actors::delivery_listing& page,
                            response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("recent").begin_array();
        for (const auto& d : page.recent)
          write_recent(json, d);
        json.end_array().key("data").begin_array();
        for (const auto& d : page.deliveries)
          write_delivery(json, d);
        json.end_array().key("next_before");
        const bool more = std::ssize(page.deliveries) == limit;
        if (more) json.value(page.deliveries.back().id);
        else json.null();
        json.end_object();
        return std::nullopt;
      });
}

void replay_endpoint(exchange& x) {
  const auto id = read_id<endpoint_id>(x, 0, "endpoint");
  if (!id) return;
  replay_draft draft;
  const auto read = [&](const field& document) {
    read_members<replay_draft>(document, replay_members, draft);
    const int given = (draft.after ? 1 : 0) + (draft.since ? 1 : 0) +
                      (draft.delivery != 0 ? 1 : 0) + (draft.undelivered ? 1 : 0);
    if (given != 1 && !document.any_wrong())
      document.wrong("one_of",
                     "give one of `after` (a cursor), `since` (a time), `delivery_id`, and "
                     "`undelivered`: true");
  };
  if (!read_body(x, read)) return;
  if (!draft.after && !draft.since) return answer_replay(x, {*id, draft.delivery});
  actors::endpoint_change change;
  change.what.id = *id;
  change.what.place = draft.after.value_or(persistence::event_cursor());
  change.what.since = draft.since;
  x.ask<actors::changed_endpoint>(
      [change = std::move(change)](actors::gateway& gateway, auto done) mutable {
        gateway.change_endpoint(std::move(change), std::move(done));
      },
      answer_with_endpoint(200));
}

void test_endpoint(exchange& x) {
  const auto id = read_id<endpoint_id>(x, 0, "endpoint");
  if (!id) return;
  x.ask<actors::endpoint_test>(
      [id = *id](actors::gateway& gateway, auto done) {
        gateway.test_endpoint(id, std::move(done));
      },
      [](const actors::endpoint_test& told, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object()
            .member("delivered", told.delivered)
            .text_or_null("error", told.error)
            .member("duration_ms", told.took.count())
            .end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
