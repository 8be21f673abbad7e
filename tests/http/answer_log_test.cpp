#include "base/log.hpp"
#include "keys_fixture.hpp"

using namespace postrider;
using test::keys_fixture;

namespace {

/// Keeps the lines at `info`.
struct log_fixture : keys_fixture {
  log_fixture() {
    set_log_sink(
        [this](auto level, auto component, auto text, auto fields) {
          const std::lock_guard lock(mutex);
          if (level < least) return;
          std::string line = fmt::format("[{}] {}", component, text);
          for (const auto& [name, value] : fields)
            if (name != "request_id") line += fmt::format(" {}={}", name, value);
          lines.push_back(line);
        },
        log_level::debug);
    know("root", {persistence::scope::admin});
    know("shop", {persistence::scope::send, persistence::scope::read});
  }
  ~log_fixture() {
    server.reset();
    set_log_sink({});
  }
  std::mutex mutex;
  std::vector<std::string> lines;
  log_level least = log_level::info;
};

template <class T>
auto answers(T value) {
  return [value](auto&&... all) { std::get<sizeof...(all) - 1>(std::tie(all...))(value); };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answer_log, log_fixture)

BOOST_AUTO_TEST_CASE(what_an_admin_changes_leaves_a_line) {
  auto admission = known.at("root");
  auto key = *admission.client;
  key.prefix = "pr_abcdefgh";
  known["root"].client = std::make_shared<persistence::api_key>(key);
  gateway.on_create_key = [](auto wanted, auto done) {
    actors::created_key made;
    made.key.id = 7;
    made.key.name = wanted.name;
    made.secret = "pr_secret";
    done(made);
  };
  gateway.on_revoke_key = answers(persistence::api_key{});
  gateway.on_switch_provider = answers(actors::provider_info{});
  gateway.on_put_user_providers = answers(std::vector<actors::user_provider_line>{});
  gateway.on_retry = answers(actors::retry_report{});
  const auto by_root = keys_fixture::bearer("root");
  ask(test::post("/v1/keys", R"({"name":"n","scopes":["read"]})", by_root));
  ask("DELETE /v1/keys/7 HTTP/1.1\r\nHost: localhost\r\n" + by_root + "\r\n");
  const auto with_body = [&](std::string_view begin, std::string_view body) {
    return ask(
        fmt::format("{} HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    begin, by_root, body.size(), body));
  };
  with_body("PATCH /v1/providers/alpha", R"({"active":false})");
  with_body("PUT /v1/users/9/providers", "[]");
  with_body("POST /v1/retry", "{}");
  with_body("POST /admin/drain", "");
  const std::vector<std::string> expected{
      "[http] POST /v1/keys made /v1/keys/7: answered 201 key=root pr_abcdefgh",
      "[http] DELETE /v1/keys/{id} of 7: answered 200 key=root pr_abcdefgh",
      "[http] PATCH /v1/providers/{name} of alpha: answered 200 key=root pr_abcdefgh",
      "[http] POST /v1/retry: answered 200 key=root pr_abcdefgh",
      "[http] POST /admin/drain: answered 200 key=root pr_abcdefgh"};
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_import_of_users_leaves_lines_at_debug_only) {
  gateway.on_put_user_providers = answers(std::vector<actors::user_provider_line>{});
  const auto put = [this](int user) {
    return ask(
        fmt::format("PUT /v1/users/{}/providers HTTP/1.1\r\nHost: localhost\r\n{}"
                    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                    user, keys_fixture::bearer("root")));
  };
  for (int user = 1; user <= 20; ++user)
    BOOST_TEST(put(user).status == 200);
  BOOST_TEST(lines.empty());
  least = log_level::debug;
  put(21);
  const std::string_view change = "[http] PUT /v1/users/{user_id}/providers of 21: answered 200";
  BOOST_TEST(
      std::ranges::any_of(lines, [&](const auto& line) { return line.starts_with(change); }));
}

BOOST_AUTO_TEST_CASE(refusals_and_looks_are_counted_and_leave_no_line) {
  known["slow"] = known["shop"];
  known["slow"].rate = actors::request_budget{1, 0, std::chrono::seconds(9), false};
  gateway.on_inspect = [](auto, auto done) { done(boost::json::object()); };
  for (const auto* key : {"", "unknown", "shop", "slow"})
    ask(test::post("/v1/keys", "{}", *key ? bearer(key) : ""));
  const auto metrics = ask(test::get("/metrics", bearer("shop")));
  for (const auto* line :
       {"unauthorized\"} 2", "insufficient_scope\"} 1", "rate_limited\"} 1", "forbidden\"} 0"})
    BOOST_TEST(metrics.body.find(fmt::format("postrider_http_refused_total{{reason=\"{}", line)) !=
                   std::string::npos,
               line);
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_SUITE_END()
