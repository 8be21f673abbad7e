#include "server_fixture.hpp"

#include <boost/json.hpp>

using namespace postrider;
namespace json = boost::json;

namespace {

struct advice {
  const char* mistaken;
  const char* advised;
};

constexpr advice of_retry[]{{"id", "ids"},
                            {"transaction", "ids"},
                            {"transactions", "ids"},
                            {"transaction_ids", "ids"},
                            {"message", "message_id"},
                            {"error", "error_code"},
                            {"since", "created_after"},
                            {"from", "created_after"},
                            {"until", "created_before"},
                            {"to", "created_before"},
                            {"force", "include_final"}};

constexpr advice of_a_users_line[]{{"name", "provider"},     {"provider_name", "provider"},
                                   {"id", "provider"},       {"order", "priority"},
                                   {"enabled", "active"},    {"disabled", "active"},
                                   {"recipient", "address"}, {"phone", "address"},
                                   {"number", "address"},    {"email", "address"},
                                   {"url", "address"},       {"to", "address"},
                                   {"type", "provider"}};

struct mistaken_members_fixture : test::server_fixture {
  test::reply put_line(const json::object& line) {
    const auto bytes = test::post("/v1/users/7/providers", json::serialize(json::array{line}));
    return ask("PUT" + bytes.substr(4));
  }
  test::reply retry(const json::object& filters) {
    return ask(test::post("/v1/retry", json::serialize(filters)));
  }
  /// The advice about the member, "" when it is known.
  static std::string said_of(const test::reply& answer, const std::string& pointer) {
    BOOST_TEST(answer.status == 422);
    const auto document = json::parse(answer.body);
    for (const auto& error : document.at("errors").as_array())
      if (std::string_view(error.at("pointer").as_string()) == pointer &&
          error.at("code") == "unknown_member")
        return std::string(error.at("detail").as_string());
    return {};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mistaken_members, mistaken_members_fixture)

BOOST_AUTO_TEST_CASE(retry_tells_the_names_of_its_filters) {
  for (const auto& [mistaken, advised] : of_retry) {
    const auto expected = "use `" + std::string(advised) + "`";
    BOOST_TEST(said_of(retry({{mistaken, 1}}), std::string("/") + mistaken).find(expected) !=
                   std::string::npos,
               mistaken);
    // An object is no value of any filter.
    BOOST_TEST(said_of(retry({{advised, json::object()}}), std::string("/") + advised) == "",
               advised);
  }
}

BOOST_AUTO_TEST_CASE(a_users_list_tells_the_names_of_its_members) {
  for (const auto& [mistaken, advised] : of_a_users_line) {
    const auto expected = "use `" + std::string(advised) + "`";
    BOOST_TEST(said_of(put_line({{mistaken, 1}}), std::string("/0/") + mistaken).find(expected) !=
                   std::string::npos,
               mistaken);
    BOOST_TEST(said_of(put_line({{advised, json::object()}}), std::string("/0/") + advised) == "",
               advised);
  }
}

BOOST_AUTO_TEST_SUITE_END()
