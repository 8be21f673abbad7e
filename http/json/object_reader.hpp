#pragma once

#include "actors/api/gateway.hpp"
#include "base/time_text.hpp"
#include "http/problem.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Reads a parsed document into values and collects everything that is wrong with it, each with a
/// JSON Pointer (RFC 6901), so that a client sees all of its mistakes at once.
namespace postrider::http {

/// One value of the document and the way to it. The way is a chain of frames on the stack and
/// becomes a text only when there is something to complain about.
class field {
 public:
  field(const boost::json::value& value, std::vector<actors::field_problem>& problems)
      : value_(value), problems_(problems) {}
  field(const field& parent, const boost::json::value& value, std::string_view name)
      : value_(value), problems_(parent.problems_), parent_(&parent), name_(name) {}
  field(const field& parent, const boost::json::value& value, std::size_t index)
      : value_(value), problems_(parent.problems_), parent_(&parent), index_(index) {}

  const boost::json::value& value() const { return value_; }
  std::string pointer() const;
  void wrong(std::string_view code, std::string detail) const;
  /// About a member of this object that may not exist.
  void wrong_member(std::string_view name, std::string_view code, std::string detail) const;
  /// Whether anything is wrong so far, anywhere in the document.
  bool any_wrong() const { return !problems_.empty(); }
  /// There is one more than can be told, which shows that there are more.
  bool full() const { return problems_.size() > max_problems; }
  /// Problems of the values, when the whole document was read. A problem that was noted of a
  /// place explains what is said of its value now, which was not read.
  void wrong_values(std::vector<actors::field_problem> found) const;

  /// A string of `min` to `max` characters (code points).
  std::optional<std::string_view> text(std::size_t min, std::size_t max) const;
  std::optional<std::int64_t> integer(std::int64_t min, std::int64_t max) const;
  std::optional<bool> boolean() const;
  std::optional<time_point> time() const;
  /// One of `names`; the answer is its index.
  std::optional<std::size_t> choice(std::span<const std::string_view> names) const;
  /// An object; anything else is complained about.
  const boost::json::object* object() const;

  /// An array of `min` to `max` elements, each given to `read`.
  template <class Read>
  bool elements(std::size_t min, std::size_t max, Read read) const {
    const auto* array = elements_between(min, max);
    if (array == nullptr) return false;
    std::size_t index = 0;
    for (const auto& element : *array)
      read(field(*this, element, index++));
    return true;
  }

 private:
  const boost::json::array* elements_between(std::size_t min, std::size_t max) const;
  void append_pointer(std::string& out) const;

  const boost::json::value& value_;
  std::vector<actors::field_problem>& problems_;
  const field* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

enum class presence : std::uint8_t {
  optional,
  required,
  later,  ///< its reader is written, but the pipeline does not do it yet: answered as unknown
};

/// One line of an object's table of members.
template <class T>
struct member {
  std::string_view name;
  presence when = presence::optional;
  void (*read)(const field& from, T& into) = nullptr;
};

/// A name that clients bring from elsewhere, and what to do in its place.
struct mistaken_name {
  /// In lower case, without "_" and "-".
  std::string_view name;
  /// "use `recipients`".
  std::string_view advice;
};

void complain_unknown(const field& object, std::string_view name,
                      std::span<const std::string_view> known,
                      std::span<const mistaken_name> mistaken = {});
void complain_missing(const field& object, std::string_view name);

/// Reads an object by its table: unknown and missing members are complained about.
template <class T>
void read_members(const field& from, std::span<const member<T>> table, T& into,
                  std::span<const mistaken_name> mistaken = {}) {
  const auto* object = from.object();
  if (object == nullptr) return;
  for (const auto& entry : *object) {
    const std::string_view name(entry.key().data(), entry.key().size());
    const auto row = std::ranges::find(table, name, &member<T>::name);
    if (row != table.end() && row->when != presence::later) {
      row->read(field(from, entry.value(), name), into);
      continue;
    }
    if (from.full()) continue;
    std::vector<std::string_view> known;
    for (const auto& one : table)
      if (one.when != presence::later) known.push_back(one.name);
    complain_unknown(from, name, known, mistaken);
  }
  for (const auto& one : table)
    if (one.when == presence::required && !object->contains(one.name))
      complain_missing(from, one.name);
}

}  // namespace postrider::http
