#include "persistence/model.hpp"

#include <boost/test/unit_test.hpp>

#include <unordered_set>

namespace postrider::persistence {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(a_message_id_goes_to_text_and_back) {
  message_id id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<std::uint8_t>(i * 17);
  BOOST_TEST(to_string(id) == "00112233-4455-6677-8899-aabbccddeeff");
  BOOST_CHECK(parse_message_id(to_string(id)) == id);
  BOOST_CHECK(parse_message_id("00112233-4455-6677-8899-AABBCCDDEEFF") == id);
  BOOST_TEST(to_string(message_id{}) == "00000000-0000-0000-0000-000000000000");
}

BOOST_AUTO_TEST_CASE(what_is_no_uuid_is_no_message_id) {
  for (const auto& text :
       {""s, "00112233-4455-6677-8899-aabbccddeef"s, "00112233-4455-6677-8899-aabbccddeeff0"s,
        "00112233445566778899aabbccddeeff"s, "{00112233-4455-6677-8899-aabbccddeeff}"s,
        "0011223-34455-6677-8899-aabbccddeeff"s, "00112233-4455-6677-8899-aabbccddeefg"s,
        "00112233-4455-6677-8899 aabbccddeeff"s, "00112233_4455_6677_8899_aabbccddeeff"s,
        "00112233-4455-6677-8899-aabbccddeef\0"s, "-0112233-4455-6677-8899-aabbccddeeff"s,
        "+0112233-4455-6677-8899-aabbccddeeff"s, "0x112233-4455-6677-8899-aabbccddeeff"s})
    BOOST_TEST(!parse_message_id(text).has_value(), "'" << text << "' was taken");
}

BOOST_AUTO_TEST_CASE(message_ids_compare_as_their_texts_do) {
  message_id low, high;
  low.bytes[0] = 0x7f;
  high.bytes[0] = 0x80;
  BOOST_CHECK(low < high);
  BOOST_CHECK(to_string(low) < to_string(high));
  std::unordered_set<message_id> both{low, high, low};
  BOOST_TEST(both.size() == 2U);
}

template <class Enum, class Parse>
void check_names(const std::vector<std::pair<Enum, std::string_view>>& rows, Parse parse) {
  int number = -1;
  for (const auto& [value, name] : rows) {
    BOOST_TEST(to_string(value) == name);
    if (!name.empty()) BOOST_CHECK(parse(name) == value);
    // The stored numbers do not change.
    BOOST_TEST(static_cast<int>(value) > number);
    number = static_cast<int>(value);
  }
  for (const auto wrong : {"", "?", "Pending", "PENDING", " pending", "pending ", "0", "nonsense"})
    BOOST_TEST(!parse(wrong).has_value());
  BOOST_TEST(to_string(static_cast<Enum>(200)) == "?");
}

BOOST_AUTO_TEST_CASE(statuses_have_names) {
  check_names<transaction_status>({{transaction_status::pending, "pending"},
                                   {transaction_status::processing, "processing"},
                                   {transaction_status::success, "success"},
                                   {transaction_status::failed, "failed"}},
                                  parse_transaction_status);
}

BOOST_AUTO_TEST_CASE(error_codes_have_names) {
  check_names<error_code>({{error_code::none, ""},
                           {error_code::recipient_rejected, "recipient_rejected"},
                           {error_code::message_rejected, "message_rejected"},
                           {error_code::throttled, "throttled"},
                           {error_code::unavailable, "unavailable"},
                           {error_code::misconfigured, "misconfigured"},
                           {error_code::outcome_unknown, "outcome_unknown"},
                           {error_code::expired, "expired"},
                           {error_code::cancelled, "cancelled"},
                           {error_code::no_route, "no_route"},
                           {error_code::undelivered, "undelivered"}},
                          parse_error_code);
}

BOOST_AUTO_TEST_CASE(priorities_and_policies_have_names) {
  BOOST_TEST(to_string(priority::high) == "high");
  BOOST_TEST(to_string(priority::normal) == "normal");
  BOOST_TEST(to_string(priority::low) == "low");
  check_names<on_unknown>(
      {{on_unknown::by_provider, ""}, {on_unknown::retry, "retry"}, {on_unknown::hold, "hold"}},
      parse_on_unknown);
}

BOOST_AUTO_TEST_CASE(stored_numbers_are_what_they_were) {
  BOOST_TEST(static_cast<int>(transaction_status::failed) == 3);
  BOOST_TEST(static_cast<int>(error_code::outcome_unknown) == 6);
  BOOST_TEST(static_cast<int>(error_code::no_route) == 9);
  BOOST_TEST(static_cast<int>(priority::high) == 1);
  BOOST_TEST(static_cast<int>(priority::low) == 3);
  BOOST_TEST(static_cast<int>(on_unknown::hold) == 2);
}

BOOST_AUTO_TEST_CASE(every_provider_and_priority_has_a_lane_of_its_own) {
  std::unordered_set<lane> lanes{retry_lane};
  for (provider_id provider : {1, 2, 3, 1'000'000, 2'147'483'647})
    for (auto p : all_priorities)
      BOOST_TEST(lanes.insert(lane_of(provider, p)).second);
}

BOOST_AUTO_TEST_CASE(a_provider_is_active_when_it_is_configured_and_enabled) {
  provider one;
  BOOST_TEST(one.active());
  one.enabled = false;
  BOOST_TEST(!one.active());
  one.enabled = true;
  one.configured = false;
  BOOST_TEST(!one.active());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::persistence
