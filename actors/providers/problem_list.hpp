#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace postrider::actors {

/// All mistakes in a provider's settings: lines of "KEY: what", as driver_type::make gives them.
class problem_list {
 public:
  void add(std::string_view problem) {
    if (!text_.empty()) text_ += '\n';
    text_ += problem;
  }
  /// Takes the value, or adds the error and gives a default one.
  template <class T>
  T value_of(boost::system::result<T, std::string> read) {
    if (read) return std::move(*read);
    add(read.error());
    return T();
  }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace postrider::actors
