#include "persistence/settlement.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::persistence {
namespace {

time_point at_ticks(std::int64_t ticks) { return time_point(std::chrono::microseconds(ticks)); }

transaction settled_success() {
  transaction row;
  row.status = transaction_status::success;
  row.settlement = "arrived 5 ops";
  return row;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settlement)

BOOST_AUTO_TEST_CASE(is_written_and_read_again) {
  const struct {
    settlement_note note;
    std::string_view text;
  } rows[]{{{settled_as::arrived, at_ticks(1'763'869'200'123'456), "keyname"},
            "arrived 1763869200123456 keyname"},
           {{settled_as::not_sent, at_ticks(7), ""}, "not_sent 7"},
           {{settled_as::give_up, at_ticks(-7), "Ann's own key "}, "give_up -7 Ann's own key "}};
  for (const auto& row : rows) {
    BOOST_TEST(encode_settlement(row.note) == row.text);
    const auto read = decode_settlement(row.text);
    BOOST_REQUIRE(read.has_value());
    BOOST_CHECK(*read == row.note);
  }
}

BOOST_AUTO_TEST_CASE(the_longest_key_name_fits_into_the_column) {
  const settlement_note note{settled_as::not_sent, time_point::max(), std::string(128, 'x')};
  BOOST_TEST(encode_settlement(note).size() <= max_settlement_bytes);
}

BOOST_AUTO_TEST_CASE(another_form_is_none) {
  for (const char* text : {"", " ", "arrived", "arrived ", "arrived x", "arrived 5x key",
                           "lost 5 key", "Arrived 5", "arrived  5", "arrived 99999999999999999999"})
    BOOST_TEST(!decode_settlement(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(outcomes_have_names) {
  for (const char* name : {"arrived", "not_sent", "give_up"})
    BOOST_TEST(to_string(parse_settled_as(name).value()) == name);
  BOOST_TEST(!parse_settled_as("").has_value());
  BOOST_TEST(!parse_settled_as("give-up").has_value());
}

BOOST_AUTO_TEST_CASE(a_success_is_a_persons_word_until_a_provider_or_a_receipt_says_so) {
  BOOST_TEST(is_settled_success(settled_success()));
  auto row = settled_success();
  row.provider_ref = "ref";
  BOOST_TEST(!is_settled_success(row));
  row = settled_success();
  row.receipt = receipt::delivered;
  BOOST_TEST(!is_settled_success(row));
  row = settled_success();
  row.status = transaction_status::failed;
  BOOST_TEST(!is_settled_success(row));
  row = settled_success();
  row.settlement = "give_up 5 ops";
  BOOST_TEST(!is_settled_success(row));
  row.settlement.clear();
  BOOST_TEST(!is_settled_success(row));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::persistence
