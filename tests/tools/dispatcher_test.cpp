#include "tools/provider-sim/dispatcher.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

constexpr const char* hello =
    R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+14155550100","recipient":"+14155552671","message":"hello"}})";

struct simulator {
  provider_book book{true};
  dispatcher requests{book, {}};
  reply out;

  const reply& ask(std::string_view method, std::string_view target, std::string_view body = "") {
    out.clear();
    request_view request{
        method, {}, {}, "application/json", body, clock_time(std::chrono::seconds(10))};
    requests.answer(find_destination(target, "default"), request, out);
    return out;
  }
  json::value read(std::string_view method, std::string_view target, std::string_view body = "") {
    return json::parse(ask(method, target, body).body);
  }
};

BOOST_AUTO_TEST_SUITE(dispatcher_test)

BOOST_AUTO_TEST_CASE(the_target_decides_where_a_request_belongs) {
  struct row {
    const char* target;
    bool to_control;
    const char *name, *path, *query;
  };
  const row table[] = {
      {"/api/v1/rpc", false, "port", "/api/v1/rpc", ""},
      {"/p/alpha/api/v1/rpc?x=1", false, "alpha", "/api/v1/rpc", "x=1"},
      {"/p/alpha", false, "alpha", "", ""},
      {"/p//api", false, "", "/api", ""},
      {"/control", true, "port", "/control", ""},
      {"/control/alpha/tally", true, "port", "/control/alpha/tally", ""},
      {"/controls", false, "port", "/controls", ""},
  };
  for (const row& r : table) {
    const destination to = find_destination(r.target, "port");
    BOOST_TEST(to.to_control == r.to_control, r.target);
    BOOST_TEST(to.provider_name == r.name, r.target);
    BOOST_TEST(to.path == r.path, r.target);
    BOOST_TEST(to.query == r.query, r.target);
  }
}

BOOST_AUTO_TEST_CASE(every_name_has_its_own_behaviour_and_tally) {
  simulator sim;
  BOOST_TEST(
      sim.ask("PUT", "/control/beta/behaviour", R"({"outcomes":{"unregistered":1}})").status ==
      200U);
  sim.ask("POST", "/api/v1/rpc", hello);
  sim.ask("POST", "/p/alpha/api/v1/rpc", hello);
  sim.ask("POST", "/p/alpha/api/v1/rpc", hello);
  sim.ask("POST", "/p/beta/api/v1/rpc", hello);
  BOOST_TEST(sim.read("GET", "/control/default/tally").at("accepted").as_int64() == 1);
  BOOST_TEST(sim.read("GET", "/control/alpha/tally").at("accepted").as_int64() == 2);
  const json::value beta = sim.read("GET", "/control/beta/tally");
  BOOST_TEST(beta.at("accepted").as_int64() == 0);
  BOOST_TEST(beta.at("by_outcome").at("unregistered").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(the_tally_tells_what_came_twice) {
  simulator sim;
  for (int i = 0; i < 3; ++i)
    sim.ask("POST", "/api/v1/rpc", hello);
  sim.ask("GET", "/api/v1/check");
  sim.ask("POST", "/api/v1/rpc", R"({"jsonrpc":"2.0","id":1,"method":"send"})");
  BOOST_TEST(
      sim.ask("GET", "/control/default/tally").body ==
      R"({"requests":5,"calls":3,"refused":1,"turned_away":0,"accepted":3,"distinct":1,"repeated":1,)"
      R"("last_accepted_ns":10000000000,"by_outcome":{"accept":3},)"
      R"("duplicates":[{"recipient":"+14155552671","body":"hello","count":3}]})"
      "\n");
}

BOOST_AUTO_TEST_CASE(accepted_messages_come_in_pages) {
  simulator sim;
  for (const char* to : {"+14155552671", "+14155552672", "+14155552673"})
    sim.ask("POST", "/api/v1/rpc",
            R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+1","recipient":")" +
                std::string(to) + R"(","message":"x"}})");
  BOOST_TEST(
      sim.ask("GET", "/control/default/accepted?offset=1&limit=1").body ==
      R"({"total":3,"offset":1,"accepted":[{"recipient":"+14155552672","body":"x","count":1}]})"
      "\n");
  BOOST_TEST(sim.read("GET", "/control/default/accepted").at("accepted").as_array().size() == 3U);
  BOOST_TEST(sim.ask("GET", "/control/default/accepted?limit=x").status == 400U);
}

BOOST_AUTO_TEST_CASE(a_query_counts_bodies) {
  simulator sim;
  sim.ask("POST", "/api/v1/rpc", hello);
  BOOST_TEST(sim.ask("POST", "/control/default/query", R"({"bodies":["hello","hullo"]})").body ==
             "{\"counts\":[1,0]}\n");
  for (const char* wrong :
       {"", "[]", R"({"body":["x"]})", R"({"bodies":[1]})", R"({"bodies":[],"x":1})"})
    BOOST_TEST(sim.ask("POST", "/control/default/query", wrong).status == 400U, wrong);
}

BOOST_AUTO_TEST_CASE(a_reset_empties_the_tally_and_keeps_the_behaviour) {
  simulator sim;
  sim.ask("PUT", "/control/default/behaviour", R"({"seed":42})");
  sim.ask("POST", "/api/v1/rpc", hello);
  BOOST_TEST(sim.ask("POST", "/control/default/reset").status == 204U);
  BOOST_TEST(sim.read("GET", "/control/default/tally").at("accepted").as_int64() == 0);
  BOOST_TEST(sim.read("GET", "/control/default/behaviour").at("seed").as_int64() == 42);
}

BOOST_AUTO_TEST_CASE(a_faulty_behaviour_is_refused_and_the_old_one_stays) {
  simulator sim;
  sim.ask("PUT", "/control/default/behaviour", R"({"seed":42})");
  BOOST_TEST(sim.ask("PUT", "/control/default/behaviour", R"({"seeed":43})").status == 400U);
  BOOST_TEST(sim.out.body == "{\"error\":\"unknown member: seeed\"}\n");
  BOOST_TEST(sim.read("GET", "/control/default/behaviour").at("seed").as_int64() == 42);
}

BOOST_AUTO_TEST_CASE(control_paths_that_are_none_say_so) {
  simulator sim;
  BOOST_TEST(sim.ask("GET", "/control/default/nothing").status == 404U);
  BOOST_TEST(sim.ask("DELETE", "/control/default/tally").status == 405U);
  BOOST_TEST(sim.ask("POST", "/control").status == 405U);
  BOOST_TEST(sim.ask("GET", "/control/no%20name/tally").status == 400U);
  BOOST_TEST(sim.ask("GET", "/p/no%20name/api/v1/check").status == 404U);
}

BOOST_AUTO_TEST_CASE(latency_is_told_in_microseconds) {
  simulator sim;
  sim.ask(
      "POST", "/api/v1/rpc",
      R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+1","recipient":"+14155552671","message":"bench:1:9998000000"}})");
  BOOST_TEST(sim.ask("GET", "/control/default/latency").body ==
             "{\"count\":1,\"p50\":2000,\"p90\":2000,\"p99\":2000,\"p99.9\":2000,\"max\":2000}\n");
}

BOOST_AUTO_TEST_CASE(a_provider_that_is_down_is_turned_away_but_its_control_paths_are_not) {
  simulator sim;
  sim.ask("PUT", "/control/alpha/behaviour", R"({"down":true})");
  const clock_time now{};
  BOOST_TEST(sim.requests.turns_away(find_destination("/p/alpha/api/v1/rpc", "default"), now));
  BOOST_TEST(!sim.requests.turns_away(find_destination("/api/v1/rpc", "default"), now));
  BOOST_TEST(!sim.requests.turns_away(find_destination("/control/alpha/behaviour", "alpha"), now));
  BOOST_TEST(sim.read("GET", "/control/alpha/tally").at("turned_away").as_int64() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
