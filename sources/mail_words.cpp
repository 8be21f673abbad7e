#include "sources/mail_words.hpp"

#include "base/ascii.hpp"
#include "sources/mail_charset.hpp"
#include "sources/mail_encodings.hpp"

#include <algorithm>
#include <optional>

namespace postrider::sources {
namespace {

struct encoded_word {
  std::string charset, bytes;
  /// All of it, in the header.
  std::size_t length = 0;
};

/// The word at the front of `text`; nothing: there is none.
std::optional<encoded_word> word_at(std::string_view text) {
  const auto first = text.find('?', 2);
  const auto second = first == text.npos ? text.npos : text.find('?', first + 1);
  const auto end = second == text.npos ? text.npos : text.find("?=", second + 1);
  if (end == text.npos || second != first + 2) return std::nullopt;
  // RFC 2231, 5: "utf-8*en".
  auto charset = text.substr(2, first - 2);
  charset = charset.substr(0, charset.find('*'));
  constexpr std::size_t longest_charset = 40;
  if (charset.size() > longest_charset || charset.find_first_of(" \t") != charset.npos)
    return std::nullopt;
  const auto content = text.substr(second + 1, end - second - 1);
  encoded_word made{ascii::lower_case(charset), {}, end + 2};
  switch (ascii::lower(text[first + 1])) {
    case 'b': made.bytes = decoded_base64(content); break;
    case 'q': made.bytes = decoded_q(content); break;
    default: return std::nullopt;
  }
  return made;
}

/// The text of a header that grows. Words of one charset are converted together, because some
/// programs divide a character between two words.
class word_text {
 public:
  void add(encoded_word word) {
    if (word.charset != charset_) end_words();
    charset_ = std::move(word.charset);
    bytes_ += word.bytes;
    in_words_ = true;
  }
  /// Blanks between two words are none of the text.
  void add_plain(std::string_view text, bool before_word) {
    if (in_words_ && before_word && text.find_first_not_of(" \t") == text.npos) return;
    end_words();
    out_ += utf8_from(text, "");
  }
  std::string take() {
    end_words();
    return std::move(out_);
  }

 private:
  void end_words() {
    if (in_words_) out_ += utf8_from(bytes_, charset_);
    in_words_ = false;
    bytes_.clear();
  }

  std::string out_, charset_, bytes_;
  bool in_words_ = false;
};

}  // namespace

std::string decoded_words(std::string_view text) {
  std::string line(text);
  std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
  word_text made;
  std::string_view rest = line;
  std::size_t from = 0;
  while (true) {
    const auto begin = rest.find("=?", from);
    if (begin == rest.npos) break;
    auto word = word_at(rest.substr(begin));
    if (!word) {
      from = begin + 2;
      continue;
    }
    made.add_plain(rest.substr(0, begin), true);
    rest.remove_prefix(begin + word->length);
    made.add(std::move(*word));
    from = 0;
  }
  made.add_plain(rest, false);
  return made.take();
}

}  // namespace postrider::sources
