#include "tools/postrider/log.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli {

BOOST_AUTO_TEST_SUITE(log_)

BOOST_AUTO_TEST_CASE(a_line_for_people_names_the_component) {
  BOOST_TEST(log_line(log_format::text, "scheduler", "3 retries are due") ==
             "[scheduler] 3 retries are due");
}

BOOST_AUTO_TEST_CASE(a_line_for_people_stays_one_line) {
  BOOST_TEST(log_line(log_format::text, "sender", "a\nb\x1b[31m\x7f") ==
             "[sender] a\\x0ab\\x1b[31m\\x7f");
}

BOOST_AUTO_TEST_CASE(a_line_for_machines_escapes_what_json_must) {
  BOOST_TEST(log_line(log_format::json, "sender", "a \"b\"\n") ==
             R"("component":"sender","message":"a \"b\"\n")");
}

BOOST_AUTO_TEST_CASE(fields_come_before_the_text_and_cannot_be_forged) {
  const log_field fields[]{{"request_id", "x provider=evil] \"y\"\n"}, {"message_id", "0193-a"}};
  BOOST_TEST(log_line(log_format::text, "sender", "done message_id=2", fields) ==
             R"([sender request_id="x provider=evil] \"y\"\x0a" message_id=0193-a] )"
             "done message_id=2");
  BOOST_TEST(log_line(log_format::json, "sender", "done", fields) ==
             R"("component":"sender","request_id":"x provider=evil] \"y\"\n",)"
             R"("message_id":"0193-a","message":"done")");
}

BOOST_AUTO_TEST_CASE(a_backslash_does_not_end_a_value) {
  const log_field fields[]{{"request_id", R"(x\" message_id=2)"}, {"recipient", R"(a\)"}};
  BOOST_TEST(log_line(log_format::text, "sender", "done", fields) ==
             R"([sender request_id="x\\\" message_id=2" recipient="a\\"] done)");
  BOOST_TEST(log_line(log_format::json, "sender", "done", fields) ==
             R"("component":"sender","request_id":"x\\\" message_id=2","recipient":"a\\",)"
             R"("message":"done")");
}

BOOST_AUTO_TEST_CASE(nothing_that_moves_a_cursor_or_turns_text_gets_through) {
  for (const auto* harmful :
       {"\x1b[2J", "\r",
        "\xc2\x9b"
        "31m",
        "\xe2\x80\xae", "\xe2\x80\xa8", "\x7f", "\xff", "\xc3", "\xef\xbb\xbf"}) {
    for (const auto format : {log_format::text, log_format::json}) {
      const log_field fields[]{{"request_id", harmful}};
      const auto line = log_line(format, harmful, harmful, fields);
      for (const char c : line)
        BOOST_TEST((c >= 0x20 && c < 0x7f), line);
    }
  }
}

BOOST_AUTO_TEST_CASE(letters_of_all_languages_stay) {
  BOOST_TEST(log_line(log_format::text, "sender", "Grüße, 世界 🙂") ==
             "[sender] Grüße, 世界 🙂");
  BOOST_TEST(log_line(log_format::json, "sender", "Grüße, 世界 🙂") ==
             R"("component":"sender","message":"Grüße, 世界 🙂")");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli
