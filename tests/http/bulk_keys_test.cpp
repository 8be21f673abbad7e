#include "bulk_fixture.hpp"
#include "keys_fixture.hpp"

using namespace postrider;
using namespace postrider::test;

namespace {

/// A key for sending whose next `left` requests are let in.
struct bulk_keys_fixture : keys_fixture {
  bulk_keys_fixture() {
    know("shop", {persistence::scope::send});
    gateway.on_admit = [this](std::string_view key) -> actors::result<actors::admission> {
      if (key != "shop" || admitted++ >= ends_after) return actors::admission{};
      auto found = known.at("shop");
      found.rate =
          actors::request_budget{600, std::max(left - 1, 0), std::chrono::seconds(3), left > 0};
      if (left > 0) --left;
      return found;
    };
    gateway.on_send = [this](auto, auto, auto done) {
      ++sent;
      done(some_receipt());
    };
  }
  std::string answer(std::size_t lines) {
    start();
    raw_client client(address);
    client.send(bulk(many(lines), bearer("shop")));
    line_reader reader(client);
    BOOST_TEST(reader.head().starts_with("HTTP/1.1 200"));
    last = reader.rest();
    return summary(last);
  }

  int left = 1'000, ends_after = 1'000'000;
  std::atomic<int> sent{0};
  std::vector<json::object> last;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_keys, bulk_keys_fixture)

BOOST_AUTO_TEST_CASE(each_line_counts_as_a_request) {
  left = 3;
  BOOST_TEST(answer(5) == "1 accepted; 2 accepted; 3 accepted; 4 rate_limited; 5 rate_limited; ");
  BOOST_TEST(sent == 3);
  BOOST_TEST(last[3].at("status").to_number<int>() == 429);
  BOOST_TEST(last[3].at("detail").as_string() ==
             "this key may make 600 requests a minute; again in 3 s");
}

BOOST_AUTO_TEST_CASE(a_key_that_ends_ends_the_lines) {
  ends_after = 3;
  BOOST_TEST(answer(5) == "1 accepted; 2 accepted; 3 accepted; 4 unauthorized; ");
  BOOST_TEST(sent == 3);
}

BOOST_AUTO_TEST_SUITE_END()
