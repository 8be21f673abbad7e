#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace postrider::cli {

/// Why something could not be done, as a sentence for the person at the terminal.
class failure {
 public:
  failure() = default;
  static failure because(std::string sentence) { return {std::move(sentence), 0}; }
  const std::string& sentence() const { return sentence_; }

 private:
  // Not constructible from a text alone: outcome<std::string> could not tell it from a value.
  failure(std::string sentence, int) : sentence_(std::move(sentence)) {}
  std::string sentence_;
};

template <class T>
using outcome = boost::system::result<T, failure>;

}  // namespace postrider::cli
