#include "server_fixture.hpp"

#include <boost/json/object.hpp>

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(metrics, test::server_fixture)

BOOST_AUTO_TEST_CASE(metrics_of_the_pipeline_and_of_http_itself) {
  gateway.on_inspect = [](auto section, auto done) {
    BOOST_TEST(section.empty());
    done(boost::json::object{{"intake", {{"accepted", 12}}}});
  };
  start();
  ask(test::get("/livez"));
  ask(test::get("/nothing"));
  const auto answer = ask(test::get("/metrics"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.field("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  for (const auto* line :
       {"\npostrider_messages_accepted_total 12\n",
        "\npostrider_http_requests_total{method=\"GET\",route=\"/livez\",class=\"2xx\"} 1\n",
        "\npostrider_http_requests_total{method=\"\",route=\"none\",class=\"4xx\"} 1\n",
        "\npostrider_http_request_duration_seconds_count{method=\"GET\",route=\"/livez\"} 1\n",
        "\npostrider_ready 1\n", "\npostrider_database_state{state=\"usable\"} 1\n",
        "\npostrider_database_state{state=\"locked\"} 0\n"})
    BOOST_TEST(answer.body.find(line) != std::string::npos, line << answer.body);
}

BOOST_AUTO_TEST_CASE(metrics_of_http_when_there_is_no_pipeline) {
  gateway.on_inspect = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::unavailable, "starting", {}});
  };
  gateway.readiness = {false, {"starting"}, {}, actors::database_state::locked};
  const auto answer = ask(test::get("/metrics"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.find("\npostrider_ready 0\n") != std::string::npos);
  BOOST_TEST(answer.body.find("\npostrider_database_state{state=\"locked\"} 1\n") !=
             std::string::npos);
  BOOST_TEST(answer.body.find("postrider_messages") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
