#include "tools/postrider/value.hpp"

#include "base/nearest.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

namespace postrider::cli {

namespace {

using type = raw_value::type;

struct unit {
  std::string_view name;
  std::int64_t times;
};
constexpr std::array duration_units{unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000},
                                    unit{"s", 1'000}, unit{"ms", 1}};
constexpr std::array size_units{unit{"GiB", 1 << 30}, unit{"MiB", 1 << 20}, unit{"KiB", 1 << 10},
                                unit{"B", 1}};
/// Calls per hour, so that they stay whole.
constexpr std::array rate_units{unit{"/s", 3'600}, unit{"/m", 60}, unit{"/h", 1}};

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(number)) return {};
  }
  return number;
}

struct measured {
  double number = 0;
  std::int64_t times = 1;
};

/// "90s" as 90 and the unit's factor.
std::optional<measured> parse_measured(std::string_view text, std::span<const unit> units) {
  const auto digits = text.find_first_not_of("0123456789.");
  if (digits == 0 || digits == std::string_view::npos) return {};
  const auto number = parse_number<double>(text.substr(0, digits));
  if (!number) return {};
  for (const auto& [name, times] : units) {
    if (text.substr(digits) == name) return measured{*number, times};
  }
  return {};
}

std::string largest_unit(std::int64_t amount, std::span<const unit> units) {
  for (const auto& [name, times] : units) {
    if (amount != 0 && amount % times == 0) return fmt::format("{}{}", amount / times, name);
  }
  return fmt::format("0{}", units[units.size() > 4 ? units.size() - 2 : units.size() - 1].name);
}

std::string found_text(const raw_value& raw) {
  switch (raw.is) {
    case type::string:
    case type::untyped: return in_quotes(raw.text);
    case type::integer:
    case type::floating: return fmt::format("the number {}", raw.text);
    case type::boolean: return raw.text;
    case type::time: return fmt::format("the time {}", raw.text);
    case type::array: return "an array";
    case type::table: return "a table";
  }
  return raw.text;
}

bool is_text(const raw_value& raw) { return raw.is == type::string || raw.is == type::untyped; }
bool is_whole(const raw_value& raw) { return raw.is == type::integer || raw.is == type::untyped; }
bool is_number(const raw_value& raw) { return is_whole(raw) || raw.is == type::floating; }

/// A bare number or a text with a unit, in the smallest unit; nothing when it is neither.
std::optional<double> parse_amount(const raw_value& raw, std::span<const unit> units,
                                   std::optional<std::int64_t> bare) {
  if (is_text(raw)) {
    if (const auto found = parse_measured(raw.text, units)) {
      return found->number * static_cast<double>(found->times);
    }
  }
  if (!bare || !is_number(raw)) return {};
  const auto number = parse_number<double>(raw.text);
  if (!number) return {};
  return *number * static_cast<double>(*bare);
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

/// Sets the member of the key's kind; false when the text is not of that kind or beyond its bounds.
bool understand(const key_info& key, const raw_value& raw, value& result) {
  const auto within = [&](double amount) { return amount >= key.min && amount <= key.max; };
  switch (key.kind) {
    case value_kind::text:
    case value_kind::secret: return is_text(raw) && (!key.required || !raw.text.empty());
    case value_kind::list:
      result.text = raw.text;
      return is_text(raw) || (raw.is == type::array && raw.texts);
    case value_kind::choice: {
      if (!is_text(raw)) return false;
      for (const auto& word : words(key.choices)) {
        if (word == raw.text) return true;
      }
      return false;
    }
    case value_kind::boolean:
      result.boolean = raw.text == "true";
      return (raw.is == type::boolean || raw.is == type::untyped) &&
             (raw.text == "true" || raw.text == "false");
    case value_kind::integer: {
      const auto number = is_whole(raw) ? parse_number<std::int64_t>(raw.text) : std::nullopt;
      result.integer = number.value_or(0);
      return number && within(static_cast<double>(*number));
    }
    case value_kind::number: {
      const auto number = is_number(raw) ? parse_number<double>(raw.text) : std::nullopt;
      result.number = number.value_or(0);
      return number && within(*number);
    }
    case value_kind::duration:
    case value_kind::minutes: {
      const auto bare =
          key.kind == value_kind::minutes ? std::optional<std::int64_t>{60'000} : std::nullopt;
      const auto amount = parse_amount(raw, duration_units, bare);
      if (!amount || !within(*amount) || *amount > 1e15) return false;
      result.duration = std::chrono::milliseconds{std::llround(*amount)};
      return true;
    }
    case value_kind::size: {
      const auto amount = parse_amount(raw, size_units, 1);
      if (!amount || !within(*amount) || *amount > 1e15) return false;
      result.integer = std::llround(*amount);
      return true;
    }
    case value_kind::rate: {
      if (is_text(raw) && raw.text == "none") return true;
      const auto amount = parse_amount(raw, rate_units, {});
      if (!amount || *amount <= 0) return false;
      result.number = *amount / 3'600;
      return true;
    }
  }
  return false;
}

std::string bounds_text(const key_info& key) {
  const bool low = key.min != std::numeric_limits<double>::lowest();
  const bool high = key.max != std::numeric_limits<double>::max();
  const auto show = [&](double amount) -> std::string {
    const auto whole = static_cast<std::int64_t>(amount);
    switch (key.kind) {
      case value_kind::duration:
      case value_kind::minutes: return in_quotes(largest_unit(whole, duration_units));
      case value_kind::size: return in_quotes(largest_unit(whole, size_units));
      case value_kind::integer: return fmt::format("{}", whole);
      default: return fmt::format("{}", amount);
    }
  };
  if (low && high) return fmt::format(" from {} to {}", show(key.min), show(key.max));
  if (low) return fmt::format(" of at least {}", show(key.min));
  if (high) return fmt::format(" of at most {}", show(key.max));
  return {};
}

}  // namespace

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> found;
  constexpr std::string_view between = " ,";
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(between), text.size()));
    if (text.empty()) return found;
    found.emplace_back(text.substr(0, text.find_first_of(between)));
    text.remove_prefix(found.back().size());
  }
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", text); }

std::string duration_text(std::chrono::milliseconds duration) {
  return largest_unit(duration.count(), duration_units);
}

std::string choices_text(std::string_view choices) {
  const auto all = words(choices);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) text += i + 1 == all.size() ? " or " : ", ";
    text += in_quotes(all[i]);
  }
  return text;
}

std::string expectation(const key_info& key) {
  switch (key.kind) {
    case value_kind::text:
      return key.required ? "a text in quotes that is not empty" : "a text in quotes";
    case value_kind::integer: return "a whole number" + bounds_text(key);
    case value_kind::number: return "a number" + bounds_text(key);
    case value_kind::boolean: return "true or false";
    case value_kind::duration:
      return "a duration such as \"250ms\", \"90s\", \"5m\", \"3h\" or \"2d\"" +
             (bounds_text(key).empty() ? "" : "," + bounds_text(key));
    case value_kind::minutes:
      return "a number of minutes or a duration such as \"90s\"" +
             (bounds_text(key).empty() ? "" : "," + bounds_text(key));
    case value_kind::size:
      return "a size such as \"64KiB\" or \"1MiB\"" +
             (bounds_text(key).empty() ? "" : "," + bounds_text(key));
    case value_kind::rate: return "a rate such as \"100/s\", \"10/m\" or \"1000/h\", or \"none\"";
    case value_kind::choice: return choices_text(key.choices);
    case value_kind::list: return "a list of texts such as [\"a\", \"b\"]";
    case value_kind::secret:
      return fmt::format(
          "{0}_file (a file that only the server can read) or {0}_env (the name of an "
          "environment variable)",
          key.name);
  }
  return {};
}

boost::system::result<value, value_error> parse_value(const key_info& key, const raw_value& raw) {
  value result;
  result.text = raw.text;
  if (understand(key, raw, result)) return result;
  value_error error{found_text(raw), expectation(key), {}};
  if (key.kind == value_kind::choice && is_text(raw))
    error.nearest = nearest(raw.text, words(key.choices));
  return error;
}

std::string toml_spelling(const key_info& key, std::string_view text) {
  switch (key.kind) {
    case value_kind::integer:
    case value_kind::number:
    case value_kind::boolean: return std::string(text);
    case value_kind::minutes:
    case value_kind::size:
      if (parse_number<double>(text)) return std::string(text);
      break;
    case value_kind::list: {
      std::string list;
      for (const auto& one : list_of(text))
        list += (list.empty() ? "" : ", ") + toml_spelling({}, one);
      return "[" + list + "]";
    }
    default: break;
  }
  std::string spelled = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') spelled += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      spelled += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      spelled += c;
    }
  }
  return spelled + '"';
}

}  // namespace postrider::cli
