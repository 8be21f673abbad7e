#include "sources/mail_charset.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "sources/gmime_handles.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace postrider::sources {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// iconv of one text.
class converter {
 public:
  explicit converter(const std::string& charset)
      : handle_(g_mime_iconv_open("UTF-8", charset.c_str())) {}
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;
  ~converter() {
    if (usable()) g_mime_iconv_close(handle_);
  }
  bool usable() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string convert(std::string_view bytes) {
    std::string out;
    // iconv writes to none of its input.
    char* from = const_cast<char*>(bytes.data());
    std::size_t left = bytes.size();
    while (left > 0) {
      if (step(&from, &left, out) || errno == E2BIG) continue;
      out += replacement;
      // EINVAL: half a character at the end.
      if (errno == EINVAL) break;
      ++from;
      --left;
    }
    step(nullptr, nullptr, out);
    return out;
  }

 private:
  bool step(char** from, std::size_t* left, std::string& out) {
    std::array<char, 4'096> buffer;
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const auto done = iconv(handle_, from, left, &to, &room);
    const int error = errno;
    out.append(buffer.data(), buffer.size() - room);
    errno = error;
    return done != static_cast<std::size_t>(-1);
  }

  iconv_t handle_;
};

/// The charset that a label means in practice: its superset.
std::string usual_charset(std::string_view label) {
  const auto name = ascii::lower_case(label);
  if (name == "iso-8859-1" || name == "latin1") return "windows-1252";
  if (name == "gb2312" || name == "gbk" || name == "x-gbk") return "gb18030";
  return name;
}

std::string guessed(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  return converter("windows-1252").convert(bytes);
}

/// True for UTF-8 with a few faults, such as a character that was cut in half.
bool is_mostly_utf8(std::string_view bytes) {
  std::size_t good = 0, bad = 0;
  while (!bytes.empty()) {
    const auto length = utf8_sequence(bytes);
    if (length > 1) ++good;
    if (length == 0) ++bad;
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return good >= bad;
}

}  // namespace

std::string utf8_from(std::string_view bytes, std::string_view label) {
  start_gmime();
  const auto charset = usual_charset(label);
  if (charset == "utf-8" || charset == "utf8")
    return is_mostly_utf8(bytes) ? tidy_text(bytes, 3 * bytes.size()) : guessed(bytes);
  // Programs label UTF-8 as the charset of their default. Other texts are hardly ever UTF-8 by
  // chance.
  const bool labelled_by_default =
      charset.empty() || charset == "us-ascii" || charset == "windows-1252";
  if (labelled_by_default && is_utf8(bytes)) return std::string(bytes);
  if (charset.empty() || charset == "us-ascii") return guessed(bytes);
  // Stateful charsets such as ISO-2022-JP are ASCII by their bytes.
  converter from(charset);
  return from.usable() ? from.convert(bytes) : guessed(bytes);
}

}  // namespace postrider::sources
