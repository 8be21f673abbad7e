#include "tools/provider-sim/behaviour_json.hpp"
#include "tools/provider-sim/dispatcher.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <unistd.h>

namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

const std::string path = "/tmp/postrider-call-log-" + std::to_string(::getpid());

struct log_file {
  ~log_file() { std::remove(path.c_str()); }
};

void send(dispatcher& requests, std::string_view target, std::string_view text, int second) {
  const std::string body =
      R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+14155550100",)"
      R"("recipient":["+14155552671","+14155552672"],"message":")" +
      std::string(text) + R"("}})";
  request_view request{
      "POST", {}, {}, "application/json", body, clock_time(std::chrono::seconds(second))};
  reply out;
  requests.answer(find_destination(target, "default"), request, out);
}

std::vector<json::value> lines() {
  std::vector<json::value> found;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    found.push_back(json::parse(line));
  return found;
}

BOOST_AUTO_TEST_SUITE(call_log_test)

BOOST_AUTO_TEST_CASE(tells_when_each_recipient_was_decided_on_and_how) {
  const log_file removed;
  {
    provider_book book(false);
    book.log_calls(std::make_unique<call_log>(path));
    dispatcher requests(book, {});
    behaviour_settings refuses_one;
    BOOST_REQUIRE_EQUAL(
        read_behaviour(R"({"by_recipient":{"+14155552671":"unregistered"}})", refuses_one), "");
    book.find_or_make("first")->rules = behaviour(refuses_one);
    send(requests, "/p/first/api/v1/rpc", R"(a \"word\")", 10);
    send(requests, "/p/second/api/v1/rpc", "b", 11);
  }
  const auto found = lines();
  BOOST_REQUIRE_EQUAL(found.size(), 4U);
  const json::value refused = {{"at_ns", 10'000'000'000},
                               {"provider", "first"},
                               {"outcome", "unregistered"},
                               {"recipient", "+14155552671"},
                               {"body", "a \"word\""}};
  BOOST_TEST(found[0] == refused);
  BOOST_TEST(found[1].at("outcome") == "accept");
  BOOST_TEST(found[3].at("provider") == "second");
  BOOST_TEST(found[3].at("at_ns") == 11'000'000'000);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_told) {
  BOOST_CHECK_THROW(call_log("/nowhere/at/all"), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
