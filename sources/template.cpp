#include "sources/template.hpp"

#include "sources/payload.hpp"

#include <fmt/format.h>

#include <deque>
#include <kainjow/mustache.hpp>
#include <stdexcept>
#include <unordered_map>

namespace postrider::sources {
namespace {

namespace mustache = kainjow::mustache;
using mustache::data;

constexpr std::size_t most_elements = 1'000;
constexpr std::size_t most_lookups = 100'000;
/// The bytes that a template may put together, those that are thrown away included.
constexpr std::size_t most_work = 4 * 1024 * 1024;

struct too_much : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The names of a document, looked up when a template asks: a large payload is not copied.
class json_names final : public mustache::basic_context<std::string> {
 public:
  /// `step` is the size of the template, which each element of a list may put out once more.
  json_names(const boost::json::value& payload, const boost::json::value& extras, std::size_t step)
      : stack_{&payload, &extras}, step_(step) {}

  void push(const data* entered) override {
    count_work(step_);
    const auto found = behind_.find(entered);
    stack_.push_back(found == behind_.end() ? nullptr : found->second);
  }
  void pop() override { stack_.pop_back(); }

  const data* get(const std::string& name) const override {
    if (++lookups_ > most_lookups)
      throw too_much(fmt::format("it looks up more than {} names", most_lookups));
    const auto* found = find(name);
    if (!found) return nullptr;
    const auto& made = as_data(*found);
    if (made.is_string()) count_work(made.string_value().size());
    return &made;
  }
  const data* get_partial(const std::string&) const override { return nullptr; }

 private:
  void count_work(std::size_t bytes) const {
    work_ += bytes;
    if (work_ > most_work) throw too_much("it repeats itself too often");
  }

  const boost::json::value* find(std::string_view name) const {
    if (name == ".") return stack_.back();
    for (auto at = stack_.rbegin(); at != stack_.rend(); ++at) {
      if (*at == nullptr) continue;
      const auto* first = by_dots(**at, name.substr(0, name.find('.')));
      // The innermost object that has the first name is the one that is meant.
      if (first) return by_dots(**at, name);
    }
    return nullptr;
  }

  const data& as_data(const boost::json::value& value) const {
    const auto known = made_.find(&value);
    if (known != made_.end()) return *known->second;
    auto& made = kept_.emplace_back(shallow(value));
    made_.emplace(&value, &made);
    behind_.emplace(&made, &value);
    if (const auto* list = value.if_array()) {
      std::size_t i = 0;
      for (const auto& element : made.list_value())
        behind_.emplace(&element, &(*list)[i++]);
    }
    return made;
  }

  /// A list has its elements, so that a section goes over them; an object none of its members.
  static data shallow(const boost::json::value& value) {
    if (const auto* list = value.if_array()) {
      std::vector<data> elements;
      for (const auto& element : *list) {
        if (elements.size() == most_elements) break;
        elements.push_back(single(element));
      }
      return data(elements);
    }
    return single(value);
  }
  static data single(const boost::json::value& value) {
    if (value.is_object()) return data(data::type::object);
    if (value.is_array()) return data(data::type::list);
    const auto text = text_of(value);
    if (value.is_null() || text.empty() || (value.is_bool() && !value.as_bool()))
      return data(data::type::bool_false);
    return data(text);
  }

  std::vector<const boost::json::value*> stack_;
  // Filled while names are looked up.
  mutable std::deque<data> kept_;
  mutable std::unordered_map<const boost::json::value*, const data*> made_;
  mutable std::unordered_map<const data*, const boost::json::value*> behind_;
  mutable std::size_t lookups_ = 0, work_ = 0;
  std::size_t step_;
};

/// The result, as a stream for the library.
struct bounded_text {
  std::string text;
  bounded_text& operator<<(const std::string& more) {
    if (text.size() + more.size() > max_template_output)
      throw too_much(fmt::format("it makes more than {} bytes", max_template_output));
    text += more;
    return *this;
  }
};

}  // namespace

std::optional<std::string> template_fault(std::string_view text) {
  const mustache::mustache parsed{std::string(text)};
  if (parsed.is_valid()) return std::nullopt;
  return parsed.error_message();
}

rendering render(std::string_view text, const boost::json::value& payload,
                 const boost::json::value& extras) {
  rendering made;
  try {
    mustache::mustache parsed{std::string(text)};
    parsed.set_custom_escape([](const std::string& as_it_is) { return as_it_is; });
    json_names names(payload, extras, text.size());
    bounded_text out;
    parsed.render(names, out);
    if (!parsed.is_valid()) made.fault = parsed.error_message();
    else made.text = std::move(out.text);
  } catch (const std::exception& error) {
    made.fault = error.what();
  }
  return made;
}

}  // namespace postrider::sources
