#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace postrider::cli {

/// Why something could not be done, as a sentence for the person at the terminal.
class failure {
 public:
  failure() = default;
  /// `document`: what the server said, when it refused.
  static failure because(std::string sentence, std::string document = {}) {
    return {std::move(sentence), std::move(document), 0};
  }
  const std::string& sentence() const { return sentence_; }
  /// A problem as JSON; empty when no server refused anything.
  const std::string& document() const { return document_; }

 private:
  // Not constructible from a text alone: outcome<std::string> could not tell it from a value.
  failure(std::string sentence, std::string document, int)
      : sentence_(std::move(sentence)), document_(std::move(document)) {}
  std::string sentence_, document_;
};

template <class T>
using outcome = boost::system::result<T, failure>;

}  // namespace postrider::cli
