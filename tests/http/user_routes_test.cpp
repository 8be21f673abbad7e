#include "server_fixture.hpp"

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(user_routes, test::server_fixture)

BOOST_AUTO_TEST_CASE(show_and_replace_the_list_of_a_user) {
  using list = std::vector<actors::user_provider_line>;
  gateway.on_user_providers = [](auto user, auto done) {
    BOOST_TEST(user == 7);
    done(list{{"signal-main", 1, true, "+15551234567", true}, {"mail", 2, false, ""}});
  };
  BOOST_TEST(ask(test::get("/v1/users/7/providers")).body ==
             R"([{"provider":"signal-main","priority":1,"active":true,"address":"+15551234567",)"
             R"("fallback_on_undelivered":true},{"provider":"mail","priority":2,"active":false,)"
             R"("address":"","fallback_on_undelivered":false}])");
  gateway.on_put_user_providers = [](auto user, auto lines, auto done) {
    BOOST_TEST(user == 7);
    BOOST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(lines[0].priority == 2);
    BOOST_TEST(lines[1].priority == 2);
    BOOST_TEST(lines[1].active);
    BOOST_TEST(lines[0].fallback_on_undelivered);
    done(lines);
  };
  const auto put = [&](const std::string& json) {
    auto bytes = test::post("/v1/users/7/providers", json);
    return ask(bytes.replace(0, 4, "PUT"));
  };
  const auto answer = put(R"([{"provider":"a","priority":2,"active":false,"address":"x",)"
                          R"("fallback_on_undelivered":true},{"provider":"b"}])");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == R"([{"provider":"a","priority":2,"active":false,"address":"x",)"
                            R"("fallback_on_undelivered":true},{"provider":"b","priority":2,)"
                            R"("active":true,"address":"","fallback_on_undelivered":false}])");
  const auto wrong = put(R"([{"provider":"a","prioritaet":1},{"priority":0}])");
  BOOST_TEST(wrong.status == 422);
  for (const char* pointer : {"/0/prioritaet", "/1/priority", "/1/provider"})
    BOOST_TEST(wrong.body.find("\"pointer\":\"" + std::string(pointer)) != std::string::npos);
  BOOST_TEST(put("{}").status == 422);
}

BOOST_AUTO_TEST_SUITE_END()
