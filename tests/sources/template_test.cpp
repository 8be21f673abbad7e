#include "sources/template.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::sources {
namespace {

std::string filled(std::string_view text, std::string_view payload,
                   std::string_view extras = "{}") {
  const auto made = render(text, boost::json::parse(payload), boost::json::parse(extras));
  BOOST_TEST(made.fault == "");
  return made.text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(templates)

BOOST_AUTO_TEST_CASE(names_reach_members_and_elements) {
  const auto* payload = R"({"a":{"b":[{"c":"x"},"y"],"n":1.5,"t":true},"z":0,"empty":""})";
  for (const auto& [text, result] :
       {std::pair("{{a.b.0.c}} {{a.b.1}} {{a.n}} {{a.t}} {{z}}", "x y 1.5 true 0"),
        std::pair("{{a.q}}{{q}}{{a.b.7}}{{a}}", ""), std::pair("{{#a.b}}[{{c}}]{{/a.b}}", "[x][]"),
        std::pair("{{#a}}{{n}}{{z}}{{/a}}", "1.50"), std::pair("{{^q}}none{{/q}}", "none"),
        std::pair("{{#empty}}x{{/empty}}{{^empty}}y{{/empty}}", "y"),
        std::pair("{{! a comment }}{{> partial}}ok", "ok")})
    BOOST_TEST(filled(text, payload) == result, text);
}

BOOST_AUTO_TEST_CASE(elements_of_plain_values_are_dots) {
  BOOST_TEST(filled("{{#l}}{{.}},{{/l}}", R"({"l":["a","b",3]})") == "a,b,3,");
}

BOOST_AUTO_TEST_CASE(nothing_is_escaped) {
  BOOST_TEST(filled("{{a}} {{{a}}} {{&a}}", R"({"a":"<b> & \"c\""})") ==
             R"(<b> & "c" <b> & "c" <b> & "c")");
}

BOOST_AUTO_TEST_CASE(extras_come_first) {
  BOOST_TEST(filled("{{host}} {{source.name}} {{x}}", R"({"host":"a","x":1})",
                    R"({"host":"b","source":{"name":"n"}})") == "b n 1");
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_before_they_are_used) {
  BOOST_TEST(!template_fault("{{#a}}{{b}}{{/a}}"));
  for (const auto* text : {"{{#a}}", "{{/a}}", "{{a", "{{#a}}{{/b}}"}) {
    BOOST_TEST(template_fault(text).has_value(), text);
    BOOST_TEST(!render(text, {}, {}).fault.empty(), text);
  }
}

BOOST_AUTO_TEST_CASE(a_template_that_makes_too_much_is_a_fault_and_not_a_burden) {
  boost::json::array list;
  for (int i = 0; i < 5'000; ++i)
    list.push_back(boost::json::object{{"l", boost::json::array(1'000, 1)}});
  const boost::json::value payload =
      boost::json::object{{"l", list}, {"long", std::string(200'000, 'x')}};
  const boost::json::value none = boost::json::object();
  const std::string literal(1'000, 'y');
  for (const auto& text :
       {"{{#l}}{{#l}}" + literal + "{{/l}}{{/l}}", std::string("{{#l}}{{long}}{{/l}}"),
        std::string("{{#l}}{{#l}}{{q}}{{/l}}{{/l}}"), std::string("{{long}}\n{{long}}\n")}) {
    const auto made = render(text, payload, none);
    BOOST_TEST(!made.fault.empty(), text.substr(0, 20));
    BOOST_TEST(made.text.empty());
  }
  // A list of any length is shown in part.
  BOOST_TEST(render("{{#l}}.{{/l}}", payload, none).text.size() == 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
