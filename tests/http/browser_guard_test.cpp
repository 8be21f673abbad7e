#include "http/browser_guard.hpp"

#include "keys_fixture.hpp"

#include <fmt/format.h>

using namespace postrider;
using test::server_fixture;

BOOST_AUTO_TEST_SUITE(browser_guard)

BOOST_AUTO_TEST_CASE(only_names_and_addresses_of_loopback_are_of_this_machine) {
  for (const auto* local : {"localhost", "localhost:8080", "LocalHost:1", "postrider.localhost",
                            "a.b.localhost:8080", "127.0.0.1", "127.0.0.1:8080", "127.255.0.9:1",
                            "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]:8080", "localhost:"})
    BOOST_TEST(http::is_of_this_machine(local), local);
  for (const auto* foreign : {"",
                              ":8080",
                              "evil.example",
                              "evil.example:8080",
                              "localhost.evil.example",
                              "evillocalhost",
                              ".localhost",
                              "127.0.0.1.evil.example",
                              "127.0.0.1.nip.io:8080",
                              "192.168.0.1",
                              "0.0.0.0:8080",
                              "[::]",
                              "[fe80::1]",
                              "[::ffff:10.0.0.1]",
                              "[::1",
                              "[::1]evil",
                              "[::1].evil",
                              "127.1",
                              "2130706433",
                              "0x7f.0.0.1",
                              "localhost:80:80",
                              "localhost:evil",
                              "localhost.",
                              "evil@localhost",
                              "localhost@evil.example"})
    BOOST_TEST(!http::is_of_this_machine(foreign), foreign);
}

BOOST_FIXTURE_TEST_CASE(a_server_without_keys_answers_no_web_page, server_fixture) {
  gateway.on_cancel = nullptr;
  const auto status = [&](std::string_view host, std::string_view fields) {
    return ask(fmt::format("POST /admin/drain HTTP/1.1\r\nHost: {}\r\n{}Content-Length: 0\r\n\r\n",
                           host, fields));
  };
  for (const auto& [host, fields] : std::vector<std::pair<std::string, std::string>>{
           {"evil.example:8080", ""},
           {"", ""},
           {"localhost", "Origin: https://evil.example\r\n"},
           {"localhost", "Origin: null\r\n"},
           {"localhost", "Origin: \r\n"},
           {"localhost", "Origin: http://localhost\r\nOrigin: http://evil.example\r\n"},
           {"localhost", "Origin: http://localhost.evil.example\r\n"},
           {"localhost", "Origin: moz-extension://localhost\r\n"},
           {"localhost", "sec-fetch-site: Cross-Site\r\n"},
           {"evil.example", "Origin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\n"}}) {
    const auto answer = status(host, fields);
    BOOST_TEST(answer.status == 403, host << " " << fields << answer.body);
    BOOST_TEST(answer.code() == "forbidden");
    BOOST_TEST(answer.body.find("127.0.0.1") != std::string::npos);
  }
  BOOST_TEST(ask(test::get("/readyz")).status == 200);
  for (const auto& [host, fields] : std::vector<std::pair<std::string, std::string>>{
           {"localhost", "Origin: http://127.0.0.1:8080\r\nSec-Fetch-Site: same-origin\r\n"},
           {"127.0.0.1:8080", "Origin: https://[::1]:8080\r\nSec-Fetch-Site: same-site\r\n"},
           {"[::1]", "Sec-Fetch-Site: none\r\n"}})
    BOOST_TEST(status(host, fields).status == 200, host << " " << fields);
}

BOOST_FIXTURE_TEST_CASE(what_needs_no_key_answers_under_every_name, server_fixture) {
  for (const auto* target : {"/livez", "/openapi.json", "/docs"})
    BOOST_TEST(ask(fmt::format("GET {} HTTP/1.1\r\nHost: postrider.example\r\n"
                               "Origin: https://evil.example\r\n\r\n",
                               target))
                       .status == 200,
               target);
}

BOOST_FIXTURE_TEST_CASE(a_good_key_is_enough_under_every_name, test::keys_fixture) {
  settings.keys_required = false;
  know("admin", {persistence::scope::admin});
  const auto ask_for = [&](const std::string& fields) {
    return ask("GET /admin/inspect?section=http HTTP/1.1\r\nHost: postrider.example\r\n" + fields +
               "\r\n");
  };
  gateway.on_inspect = [](auto&&... all) {
    auto& done = std::get<sizeof...(all) - 1>(std::tie(all...));
    done(actors::service_error{actors::service_errc::conflict, "let in", {}, {}});
  };
  BOOST_TEST(ask_for("").status == 403);
  BOOST_TEST(ask_for(bearer("admin")).status != 403);
  BOOST_TEST(ask_for(bearer("unknown")).status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
