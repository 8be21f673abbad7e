#include "sources/html_text.hpp"

#include "base/ascii.hpp"
#include "sources/html_entities.hpp"
#include "sources/texts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace postrider::sources {
namespace {

constexpr std::string_view html_blanks = " \t\r\n\f";

bool is_html_blank(char c) { return html_blanks.find(c) != html_blanks.npos; }

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Elements with an empty line around them, and those that begin a line.
constexpr std::array<std::string_view, 11> paragraphs{"p",  "h1", "h2", "h3",         "h4", "h5",
                                                      "h6", "ul", "ol", "blockquote", "pre"};
constexpr std::array<std::string_view, 22> lines{
    "div",     "br",     "tr",     "table", "li",      "hr",     "dl",     "dt",
    "dd",      "center", "form",   "body",  "section", "header", "footer", "article",
    "address", "nav",    "figure", "main",  "caption", "option"};
/// Elements whose content is not for readers.
constexpr std::array<std::string_view, 4> silent{"script", "style", "title", "template"};

struct html_tag {
  std::string name;
  bool is_end = false;
  /// All behind the name.
  std::string_view attributes;
};

std::string plain_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '&') {
      take_entity(text, out);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

/// The decoded value of an attribute; empty: there is none.
std::string attribute(std::string_view attributes, std::string_view wanted) {
  while (true) {
    const auto from = attributes.find_first_not_of(" \t\r\n\f/");
    if (from == attributes.npos) return {};
    attributes.remove_prefix(from);
    // A sign of equality at the front would be a name without an end.
    const auto end = std::min(attributes.find_first_of(" \t\r\n\f/=", 1), attributes.size());
    const auto name = ascii::lower_case(attributes.substr(0, end));
    attributes.remove_prefix(end);
    auto rest = attributes;
    rest.remove_prefix(std::min(rest.find_first_not_of(html_blanks), rest.size()));
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(html_blanks), rest.size()));
    std::size_t begin = 0, stop = 0;
    if (rest.starts_with('"') || rest.starts_with('\'')) {
      begin = 1;
      stop = std::min(rest.find(rest.front(), 1), rest.size());
    } else {
      stop = std::min(rest.find_first_of(html_blanks), rest.size());
    }
    if (name == wanted) return plain_text(rest.substr(begin, stop - begin));
    attributes = rest.substr(std::min(stop + begin, rest.size()));
  }
}

/// Lines of text that grow word by word.
class text_lines {
 public:
  /// At least that many line ends before the next text: 2 is an empty line.
  void end_line(std::size_t ends) {
    if (after_bullet_) return;
    ends_ = std::max(ends_, ends);
    separator_ = {};
    blank_ = false;
  }
  /// Between this text and the next one, if both are on one line.
  void separate(std::string_view with) {
    if (ends_ == 0 && !out_.empty()) separator_ = with;
  }
  void blank() { blank_ = true; }
  void add_line_end() { ends_ = std::min<std::size_t>(ends_ + 1, 2); }
  /// The text of the item begins behind its bullet, whatever elements are around it.
  void begin_item() {
    if (!after_bullet_) put("-");
    after_bullet_ = blank_ = true;
  }
  void put(std::string_view text) {
    if (!out_.empty()) {
      if (ends_ > 0) out_.append(ends_, '\n');
      else if (!separator_.empty()) out_ += separator_;
      else if (blank_ && out_.back() != ' ' && out_.back() != '\n') out_ += ' ';
    }
    ends_ = 0;
    separator_ = {};
    blank_ = after_bullet_ = false;
    out_ += text;
  }
  std::size_t size() const { return out_.size(); }
  std::string_view since(std::size_t place) const {
    return std::string_view(out_).substr(std::min(place, out_.size()));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::string_view separator_;
  std::size_t ends_ = 0;
  bool blank_ = false, after_bullet_ = false;
};

class html_reader {
 public:
  explicit html_reader(std::string_view html) : html_(html) {}

  std::string read() {
    while (!html_.empty()) {
      if (html_.front() != '<') take_text();
      else if (html_.starts_with("<!--")) take_comment();
      else if (html_.starts_with("<!") || html_.starts_with("<?")) skip_behind(html_.find('>'));
      else if (is_tag()) take_tag();
      else take_character();
    }
    return clean_text(lines_.take());
  }

 private:
  bool is_tag() const {
    const auto behind = html_.substr(1, 2);
    if (behind.empty()) return false;
    return ascii::is_letter(behind[0]) ||
           (behind[0] == '/' && behind.size() > 1 && ascii::is_letter(behind[1]));
  }

  void skip_behind(std::size_t last) {
    html_.remove_prefix(last == html_.npos ? html_.size() : last + 1);
  }

  void take_comment() {
    // "<!-->" is one too. One without an end hides nothing; the end is looked for once.
    const auto end = endless_comment_ ? html_.npos : html_.find("-->", 2);
    endless_comment_ = end == html_.npos;
    html_.remove_prefix(endless_comment_ ? 4 : end + 3);
  }

  void take_character() {
    put(html_.substr(0, 1));
    html_.remove_prefix(1);
  }

  void take_text() {
    const auto end = std::min(html_.find('<'), html_.size());
    auto text = html_.substr(0, end);
    html_.remove_prefix(end);
    while (!text.empty()) {
      if (text.front() == '&') {
        std::string character;
        take_entity(text, character);
        put_character(character);
      } else if (is_html_blank(text.front())) {
        if (preformatted_ && text.front() == '\n') lines_.add_line_end();
        else if (preformatted_) put(text.substr(0, 1));
        else lines_.blank();
        text.remove_prefix(1);
      } else {
        const auto word = std::min(text.find_first_of(" \t\r\n\f&"), text.size());
        put(text.substr(0, word));
        text.remove_prefix(word);
      }
    }
  }

  /// Mails hide lines full of characters that take no room.
  void put_character(const std::string& character) {
    constexpr std::array<std::string_view, 5> without_room{"\u00ad", "\u034f", "\u200b", "\u200c",
                                                           "\ufeff"};
    if (character == "\u00a0" || is_html_blank(character.front())) lines_.blank();
    else if (!is_one_of(without_room, character)) put(character);
  }

  void put(std::string_view text) { lines_.put(text); }

  void take_tag() {
    const auto tag = read_tag();
    if (!tag.is_end && is_one_of(silent, tag.name)) return skip_element(tag.name);
    if (is_one_of(paragraphs, tag.name)) lines_.end_line(2);
    else if (is_one_of(lines, tag.name)) lines_.end_line(1);
    if (tag.name == "pre") preformatted_ = !tag.is_end;
    else if (tag.name == "td" || tag.name == "th") lines_.separate(" | ");
    else if (tag.name == "a") take_link(tag);
    if (tag.is_end) return;
    if (tag.name == "li") {
      lines_.begin_item();
    } else if (tag.name == "img") {
      if (const auto text = clean_line(attribute(tag.attributes, "alt"), 200); !text.empty())
        put("[" + text + "]");
    }
  }

  html_tag read_tag() {
    html_tag tag;
    tag.is_end = html_[1] == '/';
    html_.remove_prefix(tag.is_end ? 2 : 1);
    const auto name = std::min(html_.find_first_of(" \t\r\n\f/>"), html_.size());
    tag.name = ascii::lower_case(html_.substr(0, std::min<std::size_t>(name, 20)));
    const auto end = tag_end(name);
    tag.attributes = html_.substr(name, std::min(end, html_.size()) - name);
    skip_behind(end);
    return tag;
  }

  /// The '>' that ends the tag, which none in quotes does; without an end of quotes the first one.
  std::size_t tag_end(std::size_t from) {
    if (walked_in_vain_ > most_in_vain) return html_.find('>', from);
    auto at = from;
    while (at < html_.size()) {
      at = html_.find_first_of(">\"'", at);
      if (at == html_.npos || html_[at] == '>') return at;
      const auto before = html_.substr(from, at - from).find_last_not_of(html_blanks);
      const bool opens = before != html_.npos && html_[from + before] == '=';
      const auto closes = opens ? html_.find(html_[at], at + 1) : at;
      if (closes == html_.npos) {
        walked_in_vain_ += html_.size() - from;
        return html_.find('>', from);
      }
      at = closes + 1;
    }
    return html_.npos;
  }

  void take_link(const html_tag& tag) {
    if (!link_.empty() && lines_.since(link_from_).find(link_) == std::string_view::npos) {
      lines_.blank();
      put("(" + link_ + ")");
      if (!tag.is_end) lines_.blank();
    }
    link_.clear();
    if (tag.is_end) return;
    auto to = clean_line(attribute(tag.attributes, "href"), 2'000);
    if (to.starts_with("http://") || to.starts_with("https://")) link_ = std::move(to);
    link_from_ = lines_.size();
  }

  void skip_element(const std::string& name) {
    // One without an end hides nothing; the end is looked for once.
    auto& endless = endless_[static_cast<std::size_t>(
        std::ranges::find(silent, std::string_view(name)) - silent.begin())];
    if (endless) return;
    // A subrange, as std::ranges::search gives it, is not known to clang before 16.
    const auto wanted = "</" + name;
    const auto end = std::search(html_.begin(), html_.end(), wanted.begin(), wanted.end(),
                                 [](char a, char b) { return ascii::lower(a) == b; });
    endless = end == html_.end();
    if (!endless) html_.remove_prefix(static_cast<std::size_t>(end - html_.begin()));
  }

  /// Bytes. Quotes that never end are looked for from each tag in front of them.
  static constexpr std::size_t most_in_vain = 4 * 1024 * 1024;

  std::string_view html_;
  text_lines lines_;
  std::size_t walked_in_vain_ = 0;
  bool preformatted_ = false;
  /// The address of the link that is open, and the place where its text begins.
  std::string link_;
  std::size_t link_from_ = 0;
  bool endless_comment_ = false;
  std::array<bool, silent.size()> endless_{};
};

}  // namespace

std::string html_to_text(std::string_view html) { return html_reader(html).read(); }

}  // namespace postrider::sources
