#include "tools/postrider/sendmail/address_list.hpp"

#include "base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace postrider::cli {

namespace {

/// RFC 5321, 4.5.3.1.3: 256 bytes with the brackets.
constexpr std::size_t longest_address = 254;

/// A word, a quoted text, a domain literal, or one of the special characters "<>,;:@.".
struct token {
  enum class kind : std::uint8_t { word, quoted, literal, special };
  kind is;
  /// With its quotes or brackets.
  std::string text;
  /// Space or a comment stood before it.
  bool apart = false;
};

bool is_special(char c) { return std::string_view("<>,;:@.").find(c) != std::string_view::npos; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Splits a list into tokens. Comments are left out, whatever is in them.
class address_tokens {
 public:
  explicit address_tokens(std::string_view text) : text_(text) {}

  /// The sentence says why the list cannot be split.
  outcome<std::vector<token>> read() {
    std::vector<token> found;
    bool apart = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_space(c)) {
        apart = true;
        ++at_;
      } else if (c == '(') {
        if (!skip_comment()) return failure::because("a comment has no end");
        apart = true;
      } else {
        auto next = next_token();
        if (!next) return failure::because("a quotation has no end");
        next->apart = apart;
        apart = false;
        found.push_back(std::move(*next));
      }
    }
    return found;
  }

 private:
  bool skip_comment() {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\') ++at_;
      else if (c == '(') ++depth;
      else if (c == ')' && --depth == 0) return ++at_, true;
    }
    return false;
  }

  std::optional<token> next_token() {
    const char c = text_[at_];
    if (c == '"') return enclosed('"', token::kind::quoted);
    if (c == '[') return enclosed(']', token::kind::literal);
    if (is_special(c)) return ++at_, token{token::kind::special, std::string(1, c)};
    const auto begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && !is_special(text_[at_]) &&
           std::string_view("(\"[").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return token{token::kind::word, std::string(text_.substr(begin, at_ - begin))};
  }

  std::optional<token> enclosed(char end, token::kind kind) {
    token made{kind, std::string(1, text_[at_])};
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      made.text += c;
      if (c == end) return ++at_, made;
      if (c == '\\' && at_ + 1 < text_.size()) made.text += text_[++at_];
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is(const token& one, char special) {
  return one.is == token::kind::special && one.text.front() == special;
}

/// Reads the tokens as a list of mailboxes and groups.
class address_reader {
 public:
  address_reader(const std::vector<token>& tokens, std::string_view domain)
      : tokens_(tokens), domain_(domain) {}

  outcome<std::vector<std::string>> read() {
    std::vector<token> entry;
    // Between "<" and ">" a comma and a colon belong to a route.
    bool in_brackets = false;
    for (const auto& one : tokens_) {
      if (is(one, ':') && !in_brackets) {
        // The name of a group.
        if (in_group_ || entry.empty()) return no_address(entry);
        in_group_ = true;
        entry.clear();
      } else if ((is(one, ',') || is(one, ';')) && !in_brackets) {
        if (auto wrong = take(entry)) return *wrong;
        entry.clear();
        if (is(one, ';')) in_group_ = false;
      } else {
        if (is(one, '<')) in_brackets = true;
        if (is(one, '>')) in_brackets = false;
        entry.push_back(one);
      }
    }
    if (auto wrong = take(entry)) return *wrong;
    return std::move(found_);
  }

 private:
  static failure no_address(const std::vector<token>& entry) {
    std::string text;
    for (const auto& one : entry)
      text += (one.apart && !text.empty() ? " " : "") + one.text;
    std::ranges::replace_if(text, ascii::is_control, '?');
    return failure::because(
        fmt::format("\"{}\" is no address; write ann@example.org or "
                    "Ann <ann@example.org>, with commas between them",
                    text.substr(0, 100)));
  }

  /// Takes what is between two commas. Nothing there is no mistake (RFC 5322, 4.4).
  std::optional<failure> take(const std::vector<token>& entry) {
    if (entry.empty()) return {};
    const auto open = std::ranges::find_if(entry, [](const token& one) { return is(one, '<'); });
    auto begin = entry.begin();
    auto end = entry.end();
    if (open != entry.end()) {
      if (!is(entry.back(), '>')) return no_address(entry);
      begin = open + 1;
      end = entry.end() - 1;
      // The route of an old address: <@a.example,@b.example:ann@example.org>.
      if (begin != end && is(*begin, '@'))
        begin = std::find_if(begin, end, [](const token& one) { return is(one, ':'); });
      if (begin != end && is(*begin, ':')) ++begin;
    }
    auto address = join(begin, end);
    if (address.empty() || address.size() > longest_address) return no_address(entry);
    found_.push_back(std::move(address));
    return {};
  }

  using position = std::vector<token>::const_iterator;

  /// "local@domain"; empty unless these tokens are one address.
  std::string join(position begin, position end) const {
    std::string text;
    bool word_before = false, at = false;
    for (auto one = begin; one != end; ++one) {
      const bool word = one->is != token::kind::special;
      // Words and separators take turns, and a word is first.
      if (word == word_before) return {};
      if (!word && !is(*one, '.') && !is(*one, '@')) return {};
      if (is(*one, '@') && std::exchange(at, true)) return {};
      if (one->is == token::kind::quoted && at) return {};
      if (one->is == token::kind::literal && !at) return {};
      text += one->text;
      word_before = word;
    }
    if (!word_before || std::ranges::any_of(text, ascii::is_control)) return {};
    if (!at && !domain_.empty()) text.append("@").append(domain_);
    return text;
  }

  const std::vector<token>& tokens_;
  std::string_view domain_;
  std::vector<std::string> found_;
  bool in_group_ = false;
};

}  // namespace

outcome<std::vector<std::string>> read_address_list(std::string_view text,
                                                    std::string_view domain) {
  const auto tokens = address_tokens(text).read();
  if (!tokens) return tokens.error();
  return address_reader(*tokens, domain).read();
}

}  // namespace postrider::cli
