#include "http/json/object_reader.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <array>

namespace json = boost::json;
using namespace postrider::http;
using postrider::actors::field_problem;

namespace {

struct thing {
  std::string name;
  std::int64_t size = 0;
};

constexpr std::array members{
    member<thing>{"name", presence::required,
                  [](const field& from, thing& into) {
                    if (const auto text = from.text(1, 5)) into.name = *text;
                  }},
    member<thing>{"size", presence::optional,
                  [](const field& from, thing& into) {
                    if (const auto number = from.integer(1, 9)) into.size = *number;
                  }},
    member<thing>{"colour", presence::later, [](const field&, thing&) {}},
};

std::vector<field_problem> problems_of(const char* text) {
  const json::value document = json::parse(text);
  std::vector<field_problem> problems;
  thing into;
  read_members<thing>(field(document, problems), members, into);
  return problems;
}

std::string summary(const std::vector<field_problem>& problems) {
  std::string out;
  for (const auto& one : problems)
    out += one.pointer + " " + one.code + "; ";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(object_reader)

BOOST_AUTO_TEST_CASE(reports_everything_that_is_wrong_at_once) {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {R"({"name":"ab","size":3})", ""},
      {R"([])", " wrong_type; "},
      {R"({})", "/name missing; "},
      {R"({"name":null})", "/name wrong_type; "},
      {R"({"name":"","size":0})", "/name too_short; /size out_of_range; "},
      {R"({"name":"abcdef","size":10})", "/name too_long; /size out_of_range; "},
      {R"({"name":1,"size":"1","x":2})", "/name wrong_type; /size wrong_type; /x unknown_member; "},
      {R"({"name":"a","size":1.0})", "/size wrong_type; "},
      {R"({"name":"a","size":18446744073709551615})", "/size out_of_range; "},
      {R"({"a/b~c":1})", "/a~1b~0c unknown_member; /name missing; "},
      {R"({"name":"a","colour":1})", "/colour unknown_member; "},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.text) { BOOST_TEST(summary(problems_of(one.text)) == one.expected); }
}

BOOST_AUTO_TEST_CASE(counts_characters_and_not_bytes) {
  BOOST_TEST(summary(problems_of(R"({"name":"äöüßé"})")) == "");
  BOOST_TEST(summary(problems_of(R"({"name":"😀😀😀😀😀"})")) == "");
  BOOST_TEST(summary(problems_of(R"({"name":"äöüßéé"})")) == "/name too_long; ");
}

BOOST_AUTO_TEST_CASE(names_the_nearest_known_member) {
  const auto problems = problems_of(R"({"nmae":"x"})");
  BOOST_REQUIRE(!problems.empty());
  BOOST_TEST(problems[0].detail == R"(there is no member "nmae" here; did you mean "name"?)");
  BOOST_TEST(problems_of(R"({"name":"a","zzzzzzzz":1})")[0].detail ==
             R"(there is no member "zzzzzzzz" here; known are name, size)");
}

BOOST_AUTO_TEST_CASE(knows_names_from_elsewhere_in_any_form) {
  constexpr std::array<std::string_view, 2> known{"name", "size"};
  constexpr std::array mistaken{postrider::http::mistaken_name{"fullname", "use `name`"}};
  for (const auto* name : {"fullname", "fullName", "full_name", "Full-Name"}) {
    const json::value document = json::object();
    std::vector<field_problem> problems;
    postrider::http::complain_unknown(field(document, problems), name, known, mistaken);
    BOOST_REQUIRE(problems.size() == 1);
    BOOST_TEST(problems[0].detail ==
               std::string("there is no member \"") + name + "\" here; use `name`");
  }
}

BOOST_AUTO_TEST_CASE(never_suggests_a_member_that_is_not_there_yet) {
  BOOST_TEST(problems_of(R"({"name":"a","color":1})")[0].detail.find("colour") ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(adds_what_is_wrong_with_values_where_nothing_explains_it) {
  const json::value document;
  std::vector<field_problem> problems{{"/a", "too_long", ""}, {"/r/0/x", "unknown_member", ""}};
  field(document, problems)
      .wrong_values({{"/a", "bad_name", ""},
                     {"/ab", "bad_name", ""},
                     {"/r/0", "bad_recipient", ""},
                     {"/r/0", "duplicate_recipient", ""},
                     {"/r/0/phone", "bad_phone_number", ""},
                     {"/r", "not_with_admin", ""}});
  BOOST_TEST(summary(problems) ==
             "/a too_long; /r/0/x unknown_member; /ab bad_name; /r/0 duplicate_recipient; "
             "/r/0/phone bad_phone_number; /r not_with_admin; ");
}

BOOST_AUTO_TEST_CASE(stops_counting_mistakes_at_a_bound) {
  std::string text = "{";
  for (int i = 0; i < 1'000; ++i)
    text += "\"m" + std::to_string(i) + "\":1,";
  text.back() = '}';
  // One more than are told, as the sign that there are more.
  BOOST_TEST(problems_of(text.c_str()).size() == max_problems + 1);
}

BOOST_AUTO_TEST_SUITE_END()
