#include "tools/postrider/value.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli {
namespace {

using type = raw_value::type;
using kind = value_kind;
using std::chrono::milliseconds;

key_info key(kind of, double min = std::numeric_limits<double>::lowest(),
             double max = std::numeric_limits<double>::max()) {
  return {"it", of, "", min, max, "retry hold", "", false};
}

struct right {
  kind of;
  raw_value raw;
  value means;
};

const right rights[] = {
    {kind::text, {type::string, "a b", {}}, {.text = "a b"}},
    {kind::text, {type::untyped, "", {}}, {.text = ""}},
    {kind::integer, {type::integer, "-7", {}}, {.text = "-7", .integer = -7}},
    {kind::integer, {type::untyped, "12", {}}, {.text = "12", .integer = 12}},
    {kind::number, {type::floating, "0.25", {}}, {.text = "0.25", .number = 0.25}},
    {kind::number, {type::integer, "3", {}}, {.text = "3", .number = 3}},
    {kind::boolean, {type::boolean, "true", {}}, {.text = "true", .boolean = true}},
    {kind::boolean, {type::untyped, "false", {}}, {.text = "false"}},
    {kind::duration, {type::string, "250ms", {}}, {.text = "250ms", .duration = milliseconds{250}}},
    {kind::duration, {type::string, "90s", {}}, {.text = "90s", .duration = milliseconds{90'000}}},
    {kind::duration, {type::string, "5m", {}}, {.text = "5m", .duration = milliseconds{300'000}}},
    {kind::duration,
     {type::string, "3h", {}},
     {.text = "3h", .duration = milliseconds{10'800'000}}},
    {kind::duration,
     {type::string, "2d", {}},
     {.text = "2d", .duration = milliseconds{172'800'000}}},
    {kind::duration, {type::string, "1.5s", {}}, {.text = "1.5s", .duration = milliseconds{1'500}}},
    {kind::minutes, {type::integer, "3", {}}, {.text = "3", .duration = milliseconds{180'000}}},
    {kind::minutes, {type::floating, "0.5", {}}, {.text = "0.5", .duration = milliseconds{30'000}}},
    {kind::minutes, {type::untyped, "2", {}}, {.text = "2", .duration = milliseconds{120'000}}},
    {kind::minutes, {type::string, "90s", {}}, {.text = "90s", .duration = milliseconds{90'000}}},
    {kind::size, {type::string, "1MiB", {}}, {.text = "1MiB", .integer = 1'048'576}},
    {kind::size, {type::string, "512B", {}}, {.text = "512B", .integer = 512}},
    {kind::size, {type::integer, "8192", {}}, {.text = "8192", .integer = 8'192}},
    {kind::rate, {type::string, "100/s", {}}, {.text = "100/s", .number = 100}},
    {kind::rate, {type::string, "30/m", {}}, {.text = "30/m", .number = 0.5}},
    {kind::rate, {type::string, "1800/h", {}}, {.text = "1800/h", .number = 0.5}},
    {kind::rate, {type::string, "none", {}}, {.text = "none"}},
    {kind::choice, {type::string, "hold", {}}, {.text = "hold"}},
};

struct wrong {
  kind of;
  raw_value raw;
  std::string found;
  std::string expected;
};

const std::string a_duration = R"(a duration such as "250ms", "90s", "5m", "3h" or "2d")";
const std::string a_rate = R"(a rate such as "100/s", "10/m" or "1000/h", or "none")";

const wrong wrongs[] = {
    {kind::text, {type::integer, "5", {}}, "the number 5", "a text in quotes"},
    {kind::text, {type::array, "", {}}, "an array", "a text in quotes"},
    {kind::integer, {type::string, "5", {}}, "\"5\"", "a whole number"},
    {kind::integer, {type::floating, "5.5", {}}, "the number 5.5", "a whole number"},
    {kind::integer,
     {type::untyped, "99999999999999999999", {}},
     "\"99999999999999999999\"",
     "a whole number"},
    {kind::integer, {type::untyped, "5 ", {}}, "\"5 \"", "a whole number"},
    {kind::number, {type::boolean, "true", {}}, "true", "a number"},
    {kind::number, {type::untyped, "nan", {}}, "\"nan\"", "a number"},
    {kind::boolean, {type::string, "true", {}}, "\"true\"", "true or false"},
    {kind::boolean, {type::untyped, "yes", {}}, "\"yes\"", "true or false"},
    {kind::duration, {type::integer, "5", {}}, "the number 5", a_duration},
    {kind::duration, {type::string, "5", {}}, "\"5\"", a_duration},
    {kind::duration, {type::string, "5 s", {}}, "\"5 s\"", a_duration},
    {kind::duration, {type::string, "-5s", {}}, "\"-5s\"", a_duration},
    {kind::duration, {type::string, "99999999999999d", {}}, "\"99999999999999d\"", a_duration},
    {kind::duration, {type::time, "2026-01-01", {}}, "the time 2026-01-01", a_duration},
    {kind::size, {type::string, "1MB", {}}, "\"1MB\"", "a size such as \"64KiB\" or \"1MiB\""},
    {kind::rate, {type::integer, "5", {}}, "the number 5", a_rate},
    {kind::rate, {type::string, "0/s", {}}, "\"0/s\"", a_rate},
    {kind::choice, {type::string, "held", {}}, "\"held\"", "\"retry\" or \"hold\""},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(value_)

BOOST_AUTO_TEST_CASE(every_kind_understands_its_spellings) {
  for (const auto& [of, raw, means] : rights) {
    BOOST_TEST_CONTEXT("kind " << static_cast<int>(of) << ", " << raw.text) {
      const auto parsed = parse_value(key(of), raw);
      BOOST_TEST_REQUIRE(parsed.has_value());
      BOOST_TEST(parsed->text == means.text);
      BOOST_TEST(parsed->integer == means.integer);
      BOOST_TEST(parsed->number == means.number);
      BOOST_TEST(parsed->boolean == means.boolean);
      BOOST_TEST(parsed->duration.count() == means.duration.count());
    }
  }
}

BOOST_AUTO_TEST_CASE(every_kind_says_what_it_found_and_what_it_takes) {
  for (const auto& [of, raw, found, expected] : wrongs) {
    BOOST_TEST_CONTEXT("kind " << static_cast<int>(of) << ", " << raw.text) {
      const auto parsed = parse_value(key(of), raw);
      BOOST_TEST_REQUIRE(parsed.has_error());
      BOOST_TEST(parsed.error().found == found);
      BOOST_TEST(parsed.error().expected == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(bounds_are_part_of_what_is_expected) {
  BOOST_TEST(expectation(key(kind::integer, 0, 20)) == "a whole number from 0 to 20");
  BOOST_TEST(expectation(key(kind::number, 1, 1.5)) == "a number from 1 to 1.5");
  BOOST_TEST(expectation(key(kind::duration, 100, 86'400'000)) ==
             a_duration + ", from \"100ms\" to \"1d\"");
  BOOST_TEST(expectation(key(kind::minutes, 0, 60'000)) ==
             "a number of minutes or a duration such as \"90s\", from \"0s\" to \"1m\"");
  BOOST_TEST(expectation(key(kind::size, 1'024, 1'048'576)) ==
             "a size such as \"64KiB\" or \"1MiB\", from \"1KiB\" to \"1MiB\"");
}

BOOST_AUTO_TEST_CASE(bounds_hold_on_both_sides) {
  const auto of = [](const char* text) { return raw_value{type::integer, text, {}}; };
  BOOST_TEST(parse_value(key(kind::integer, 0, 20), of("0")).has_value());
  BOOST_TEST(parse_value(key(kind::integer, 0, 20), of("20")).has_value());
  BOOST_TEST(parse_value(key(kind::integer, 0, 20), of("-1")).has_error());
  BOOST_TEST(parse_value(key(kind::integer, 0, 20), of("21")).has_error());
  BOOST_TEST(parse_value(key(kind::duration, 100, 200), {type::string, "99ms", {}}).has_error());
  BOOST_TEST(parse_value(key(kind::duration, 100, 200), {type::string, "200ms", {}}).has_value());
}

BOOST_AUTO_TEST_CASE(durations_are_shown_in_the_largest_unit_that_is_exact) {
  BOOST_TEST(duration_text(milliseconds{0}) == "0s");
  BOOST_TEST(duration_text(milliseconds{1'500}) == "1500ms");
  BOOST_TEST(duration_text(milliseconds{90'000}) == "90s");
  BOOST_TEST(duration_text(milliseconds{240'000}) == "4m");
  BOOST_TEST(duration_text(milliseconds{172'800'000}) == "2d");
}

BOOST_AUTO_TEST_CASE(texts_are_quoted_for_toml_and_numbers_are_not) {
  BOOST_TEST(toml_spelling(key(kind::text), "a \"b\" \\ \n") == R"("a \"b\" \\ \u000a")");
  BOOST_TEST(toml_spelling(key(kind::integer), "5") == "5");
  BOOST_TEST(toml_spelling(key(kind::minutes), "3") == "3");
  BOOST_TEST(toml_spelling(key(kind::minutes), "90s") == "\"90s\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli
