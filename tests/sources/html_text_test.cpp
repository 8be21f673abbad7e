#include "sources/html_text.hpp"

#include "sources/html_entities.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace postrider::sources {

BOOST_AUTO_TEST_SUITE(html_text)

BOOST_AUTO_TEST_CASE(elements_become_lines) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 26> cases{{
      {"a  b\n c", "a b c"},
      {"<p>a</p><p>b</p>", "a\n\nb"},
      {"<div>a</div><div>b</div>c", "a\nb\nc"},
      {"a<br>b<BR/>c", "a\nb\nc"},
      {"<ul><li>a<li><p>b</p></ul>c", "- a\n- b\n\nc"},
      {"<table><tr><th>Disk</th><th>State</th></tr><tr><td>1<td>bad</table>",
       "Disk | State\n1 | bad"},
      {"<td></td><td>a</td><td></td>", "a"},
      {"<b>a</b><i>b</i> <span>c</span>", "ab c"},
      {"<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"},
      {"<a href=\"https://nas.example/x?a=1&amp;b=2\">NAS</a>!",
       "NAS (https://nas.example/x?a=1&b=2)!"},
      {"<a href='https://a.example'>https://a.example</a>", "https://a.example"},
      {"<a href=javascript:x>a</a> <a name=x>b</a>", "a b"},
      {"<a href=http://a.example>one <a href=http://b.example>two</a>",
       "one (http://a.example) two (http://b.example)"},
      {"<img src=x alt=\"Door &lt;1&gt;\"><img alt=''>", "[Door <1>]"},
      {"<head><title>t</title><style>p { a: b }</style></head><body>a</body>", "a"},
      {"<script>if (a < b) x('</p>')</SCRIPT>a", "a"},
      {"<style>never ends", "never ends"},
      {"a<!-- <p>b</p> -->c<!-->d", "acd"},
      {"a<!-- b", "a b"},
      {"<!DOCTYPE html><?xml ?>a<![endif]>b", "ab"},
      {"1 < 2 && a<3 > 4", "1 < 2 && a<3 > 4"},
      {"<p title=\"a > b\" class='c>d'>e</p>", "e"},
      {"<p title=\"never ends>a</p>b", "a\n\nb"},
      {"<p title=it's>a</p>b's", "a\n\nb's"},
      {"a<p", "a"},
      {"&nbsp;a&nbsp;&nbsp;b&shy;c&#8203;d&#x0;\x01", "a bcd"},
  }};
  for (const auto& [html, text] : cases)
    BOOST_TEST(html_to_text(html) == text, html << " became " << html_to_text(html));
}

BOOST_AUTO_TEST_CASE(character_references) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 18> cases{{
      {"&amp;&lt;&gt;&quot;&apos;", "&<>\"'"},
      {"&auml;&Auml;&euro;&hearts;&thetasym;", "äÄ€♥ϑ"},
      {"&#228;&#xe4;&#XE4;", "äää"},
      {"&#128;&#x93;", "€“"},
      {"&#128512;", "😀"},
      {"&lt", "<"},
      {"&lt b", "< b"},
      {"&unknown;", "&unknown;"},
      {"&", "&"},
      {"& ;", "& ;"},
      {"&#;", "&#;"},
      {"&#x;", "&#x;"},
      {"&#-1;", "&#-1;"},
      {"&#xd800;", "\ufffd"},
      {"&#x110000;", "\ufffd"},
      {"&#999999999;", "\ufffd"},
      {"&Zeta;&zwnj;&aacute;&AElig;", "Ζ\u200cáÆ"},
      {"&aacutes;", "&aacutes;"},
  }};
  for (auto [html, text] : cases) {
    const auto whole = html;
    std::string out;
    while (!html.empty()) {
      if (html.front() == '&') {
        take_entity(html, out);
      } else {
        out += html.front();
        html.remove_prefix(1);
      }
    }
    BOOST_TEST(out == text, whole);
  }
}

/// A reader that looks back, or ahead to the end, again and again would take hours for one of
/// these.
BOOST_AUTO_TEST_CASE(hostile_html_takes_one_pass) {
  const auto many = [](std::string_view piece) {
    std::string html;
    while (html.size() < 1'000'000)
      html += piece;
    return html;
  };
  const auto begin = std::chrono::steady_clock::now();
  for (const auto* piece : {"<",
                            "<b>",
                            "</b>",
                            "<a",
                            "<a \"",
                            "<a ='",
                            "<a =\"'>",
                            "<!--",
                            "<style>",
                            "<script>",
                            "<!",
                            "&",
                            "&#",
                            "&amp",
                            "<a href=http://a.example>",
                            "<li>",
                            "<td>",
                            "<pre>\n",
                            "=\" ",
                            "<a a=a ",
                            "<p>a",
                            "<title></titl"})
    BOOST_TEST(html_to_text(many(piece)).size() <= 8'000'000U, piece);
  // Each tag's quotes end, and those behind all of them do not.
  BOOST_TEST(html_to_text(many("<a =\">\"") + "<a ='").size() <= 8'000'000U);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(60)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
