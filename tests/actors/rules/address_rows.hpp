#pragma once

#include "actors/rules/addresses.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {

struct address_row {
  std::string given;
  /// Empty: refused.
  std::string normal;
};

template <class Normalise>
void check(const std::vector<address_row>& rows, Normalise normalise, std::string_view code) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("given '" << row.given << "'") {
      const auto result = normalise(row.given);
      BOOST_TEST(result.has_value() == !row.normal.empty());
      if (result.has_value()) {
        BOOST_TEST(*result == row.normal);
      } else {
        BOOST_TEST(result.error().code == code);
        BOOST_TEST(!result.error().detail.empty());
      }
    }
  }
}

inline std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += text;
  return out;
}

}  // namespace postrider::actors
