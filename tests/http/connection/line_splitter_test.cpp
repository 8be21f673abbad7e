#include "http/connection/line_splitter.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <vector>

using postrider::http::line_splitter;

namespace {

/// The lines that come out when the pieces arrive one after the other, "!" for one too long.
std::vector<std::string> lines_of(const std::vector<std::string>& pieces, std::size_t max) {
  std::string buffer;
  line_splitter splitter(buffer, max);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i <= pieces.size(); ++i) {
    const bool at_end = i == pieces.size();
    if (!at_end) buffer += pieces[i];
    for (;;) {
      const auto next = splitter.next(at_end);
      if (next.what == line_splitter::found::nothing) break;
      lines.emplace_back(next.what == line_splitter::found::line ? next.line : "!");
    }
    splitter.compact();
    BOOST_TEST(buffer.size() <= max);
  }
  return lines;
}

using texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(line_splitter_cuts)

BOOST_AUTO_TEST_CASE(lines_wherever_the_pieces_end) {
  const texts expected{"one", "", "three"};
  BOOST_TEST(lines_of({"one\n\nthree\n"}, 5) == expected);
  BOOST_TEST(lines_of({"on", "e", "\n", "\nth", "ree\n"}, 5) == expected);
  BOOST_TEST(lines_of({"one\n\nthr", "ee"}, 5) == expected);
}

BOOST_AUTO_TEST_CASE(nothing_out_of_nothing) {
  BOOST_TEST(lines_of({}, 5).empty());
  BOOST_TEST(lines_of({""}, 5).empty());
  BOOST_TEST(lines_of({"\n"}, 5) == texts{""});
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_passed_over_whole) {
  const texts expected{"one", "!", "two"};
  BOOST_TEST(lines_of({"one\n123456\ntwo\n"}, 5) == expected);
  BOOST_TEST(lines_of({"one\n123", "456", "789", "\ntwo"}, 5) == expected);
  BOOST_TEST(lines_of({"one\n12345\n"}, 5) == (texts{"one", "12345"}));
  BOOST_TEST(lines_of({"one\n", "1234567", "89"}, 5) == (texts{"one", "!"}));
  BOOST_TEST(lines_of({"123456", ""}, 5) == texts{"!"});
}

BOOST_AUTO_TEST_CASE(the_same_lines_from_any_pieces) {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::size_t size = random() % 60; text.size() < size;)
      text += random() % 6 == 0 ? '\n' : 'x';
    texts pieces;
    for (std::size_t at = 0; at < text.size();) {
      pieces.push_back(text.substr(at, 1 + random() % 9));
      at += pieces.back().size();
    }
    BOOST_TEST(lines_of(pieces, 7) == lines_of({text}, 7));
  }
}

BOOST_AUTO_TEST_SUITE_END()
