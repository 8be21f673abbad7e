#include "actors/providers/email/mime.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

/// Witness: RFC 5322 (2.2.3, 3.3, 3.4, 3.6), RFC 2045 (6.7, 6.8), RFC 2046 (5.1), RFC 2047. What is
/// built here is read by Python's email package behind a real Postfix in tests/peers/mail.py.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

persistence::time_point at(int y, unsigned m, unsigned d, std::chrono::seconds second = 0s) {
  return std::chrono::sys_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d)) +
         second;
}

mail_content good_content() {
  return {"Postrider",
          "postrider@example.org",
          "ann@example.com",
          "A subject",
          "hello\nworld",
          "",
          "0198c0de-0000-7000-8000-000000000001/2",
          at(2026, 11, 23, 3h + 40min)};
}

std::string built(const mail_content& content) {
  const auto mail = build_mail(content);
  BOOST_TEST_REQUIRE(mail.has_value());
  return *mail;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find("\r\n", begin);
    BOOST_TEST_REQUIRE(end != text.npos);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return lines;
}

/// Folded lines joined again.
std::string header_of(const std::string& mail, const std::string& name) {
  std::string value;
  bool inside = false;
  for (const auto& line : lines_of(mail)) {
    if (line.empty()) break;
    if (line.starts_with(name + ": ")) {
      inside = true;
      value = line.substr(name.size() + 2);
    } else if (inside && line.starts_with(' ')) {
      value += line;
    } else {
      inside = false;
    }
  }
  return value;
}

std::string decoded_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0, count = 0;
  for (char c : text) {
    const auto digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"s.find(c);
    if (digit == std::string::npos) break;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return out;
}

/// The text of encoded words; the space between two is not part of it (RFC 2047, 6.2).
std::string decoded_words(std::string text) {
  std::string out;
  for (;;) {
    const auto begin = text.find("=?UTF-8?B?");
    if (begin == text.npos) return out + text;
    const auto end = text.find("?=", begin + 10);
    BOOST_TEST_REQUIRE(end != text.npos);
    const auto before = text.substr(0, begin);
    if (out.empty() || before != " ") out += before;
    const auto word = decoded_base64(std::string_view(text).substr(begin + 10, end - begin - 10));
    // A character is never split (RFC 2047, 5): no word begins inside of one.
    BOOST_TEST((static_cast<unsigned char>(word[0]) & 0xc0) != 0x80);
    out += word;
    text = text.substr(end + 2);
  }
}

std::string decoded_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
    } else if (text.substr(i, 3) == "=\r\n") {
      i += 2;
    } else {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\r' || text[i] == '\n') out += "\r\n";
    else out += text[i];
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out;
}

BOOST_AUTO_TEST_SUITE(mime)

// ---- the whole message -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_text_becomes_a_whole_message) {
  BOOST_TEST(built(good_content()) ==
             "From: Postrider <postrider@example.org>\r\n"
             "To: ann@example.com\r\n"
             "Subject: A subject\r\n"
             "Date: Mon, 23 Nov 2026 03:40:00 +0000\r\n"
             "Message-ID: <0198c0de-0000-7000-8000-000000000001.2@example.org>\r\n"
             "X-Postrider-Trace: 0198c0de-0000-7000-8000-000000000001.2\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "hello\r\n"
             "world\r\n");
}

BOOST_AUTO_TEST_CASE(html_is_sent_beside_the_text) {
  auto content = good_content();
  content.html = "<p>hello=</p>";
  const auto mail = built(content);
  const auto body = mail.substr(mail.find("Content-Type"));
  BOOST_TEST(body ==
             "Content-Type: multipart/alternative; "
             "boundary=\"=_0198c0de-0000-7000-8000-000000000001.2\"\r\n"
             "\r\n"
             "--=_0198c0de-0000-7000-8000-000000000001.2\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "hello\r\n"
             "world\r\n"
             "\r\n"
             "--=_0198c0de-0000-7000-8000-000000000001.2\r\n"
             "Content-Type: text/html; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "<p>hello=3D</p>\r\n"
             "\r\n"
             "--=_0198c0de-0000-7000-8000-000000000001.2--\r\n");
}

BOOST_AUTO_TEST_CASE(a_text_that_names_the_boundary_does_not_end_its_part) {
  auto content = good_content();
  const auto boundary = "--=_0198c0de-0000-7000-8000-000000000001.2"s;
  const auto text = boundary + "\r\n" + boundary + "--\r\n";
  content.text = text;
  content.html = text;
  const auto mail = built(content);
  std::size_t count = 0;
  for (const auto& line : lines_of(mail))
    count += line.starts_with(boundary);
  BOOST_TEST(count == 3U);
}

BOOST_AUTO_TEST_CASE(the_same_values_give_the_same_bytes) {
  auto content = good_content();
  content.html = "<p>";
  BOOST_TEST(built(content) == built(content));
}

// ---- headers -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_senders_name_is_written_as_its_characters_need) {
  const struct {
    std::string name;
    std::string header;
  } rows[]{
      {"", "postrider@example.org"},
      {"Post Rider", "Post Rider <postrider@example.org>"},
      {"Rider, Inc.", "\"Rider, Inc.\" <postrider@example.org>"},
      {"a \"b\" \\c", "\"a \\\"b\\\" \\\\c\" <postrider@example.org>"},
      {"x@y <z>", "\"x@y <z>\" <postrider@example.org>"},
      {"Gr\xc3\xbc\xc3\x9f", "=?UTF-8?B?R3LDvMOf?= <postrider@example.org>"},
      {"=?UTF-8?B?R3LDvMOf?=", "=?UTF-8?B?PT9VVEYtOD9CP1IzTER2TU9mPz0=?= <postrider@example.org>"}};
  for (const auto& [name, header] : rows) {
    auto content = good_content();
    content.from_name = name;
    BOOST_TEST(header_of(built(content), "From") == header);
  }
}

BOOST_AUTO_TEST_CASE(a_subject_is_folded_at_spaces_and_reads_back) {
  std::string subject;
  for (int i = 0; i < 60; ++i)
    subject += (i ? " " : "") + std::string(static_cast<std::size_t>(i % 9 + 1), 'a');
  subject += "  two  spaces";
  const auto header = text_header("Subject", subject);
  const auto lines = lines_of(header);
  BOOST_TEST(lines.size() > 3U);
  std::string joined;
  for (const auto& line : lines) {
    BOOST_TEST(line.size() <= 78U);
    BOOST_TEST(line.find_first_not_of(' ') != line.npos);
    joined += line;
  }
  BOOST_TEST(joined == "Subject: " + subject);
}

BOOST_AUTO_TEST_CASE(other_subjects_are_encoded_and_read_back) {
  const std::string emoji = "\xf0\x9f\x90\xb4";
  std::string emojis;
  for (int i = 0; i < 100; ++i)
    emojis += emoji;
  for (const auto& subject :
       {"Gr\xc3\xbc\xc3\x9f"s, emojis, "a" + emojis, "ab" + emojis, "abc" + emojis,
        std::string(300, 'x'), std::string(65'535, 'y'), " begins with a space"s, "ends with one "s,
        "=?UTF-8?Q?not_encoded?="s, "a" + std::string(100, ' ') + "b", "\xff\xfe not UTF-8 \x80"s,
        std::string(200, '\x80')}) {
    BOOST_TEST_CONTEXT(subject.substr(0, 40)) {
      const auto header = text_header("Subject", subject);
      for (const auto& line : lines_of(header)) {
        BOOST_TEST(line.size() <= 76U);
        for (char c : line)
          BOOST_TEST_REQUIRE((c >= ' ' && c < 0x7f));
      }
      const bool utf8 = subject.find('\x80') == subject.npos;
      auto mail = header + "\r\n";
      if (utf8) BOOST_TEST((decoded_words(header_of(mail, "Subject")) == subject));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_name_before_the_encoded_words_leaves_them_room) {
  const auto header = text_header(std::string(70, 'X'), "gr\xc3\xbc\xc3\x9f");
  for (const auto& line : lines_of(header))
    BOOST_TEST(line.size() <= 76U);
}

BOOST_AUTO_TEST_CASE(without_a_subject_the_first_line_is_one) {
  const struct {
    std::string text;
    std::string subject;
  } rows[]{
      {"hello", "hello"},
      {"hello\nworld", "hello"},
      {"\r\n \n  hello \r\nworld", "hello"},
      {"a\tb\x01"s + "c", "a b c"},
      {"", ""},
      {"\n\n", ""},
      {std::string(78, 'x'), std::string(78, 'x')},
      {std::string(79, 'x'), std::string(75, 'x') + "\xe2\x80\xa6"},
      {std::string(60, 'x') + " " + std::string(60, 'y'), std::string(60, 'x') + "\xe2\x80\xa6"},
      {std::string(74, 'x') + "\xf0\x9f\x90\xb4\xf0\x9f\x90\xb4",
       std::string(74, 'x') + "\xe2\x80\xa6"}};
  for (const auto& [text, subject] : rows)
    BOOST_TEST(subject_of(text) == subject);
}

BOOST_AUTO_TEST_CASE(what_could_begin_another_header_is_refused) {
  const std::function<void(mail_content&)> changes[]{
      [](auto& c) { c.from_name = "a\r\nBcc: evil@x"; },
      [](auto& c) { c.from_name = "a\n"; },
      [](auto& c) { c.from_name = std::string_view("a\0b", 3); },
      [](auto& c) { c.subject = "a\r\nBcc: evil@x"; },
      [](auto& c) { c.subject = "a\rb"; },
      [](auto& c) { c.subject = "a\tb"; },
      [](auto& c) { c.subject = "a\x7f"; },
      [](auto& c) { c.to = "a@b\r\nBcc: evil@x"; },
      [](auto& c) { c.to = "a@b, c@d"; },
      [](auto& c) { c.to = "a@b>"; },
      [](auto& c) { c.to = "ab"; },
      [](auto& c) { c.to = "a@"; },
      [](auto& c) { c.to = "@b"; },
      [](auto& c) { c.to = ""; },
      [](auto& c) { c.to = "gr\xc3\xbc@x"; },
      [](auto& c) { c.from_address = "a@b\n"; },
      [](auto& c) { c.from_address = ""; },
  };
  int number = 0;
  for (const auto& change : changes) {
    BOOST_TEST_CONTEXT("change " << number++) {
      auto content = good_content();
      change(content);
      BOOST_TEST(build_mail(content).has_error());
    }
  }
}

BOOST_AUTO_TEST_CASE(whatever_the_reference_is_the_message_id_is_one) {
  auto content = good_content();
  content.reference = "a>\r\nBcc: b/\"7";
  BOOST_TEST(header_of(built(content), "Message-ID") == "<a...Bcc..b..7@example.org>");
  content.reference = "";
  BOOST_TEST(header_of(built(content), "Message-ID") == "<0@example.org>");
}

// ---- quoted-printable --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(texts_are_encoded_by_rfc_2045) {
  const struct {
    std::string text;
    std::string encoded;
  } rows[]{{"", ""},
           {"hello", "hello\r\n"},
           {"a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n"},
           {"a\r\r\nb\n\rc", "a\r\n\r\nb\r\n\r\nc\r\n"},
           {"1+1=2", "1+1=3D2\r\n"},
           {"gr\xc3\xbc\xc3\x9f", "gr=C3=BC=C3=9F\r\n"},
           {"\xf0\x9f\x90\xb4", "=F0=9F=90=B4\r\n"},
           {"a \nb\t\nc ", "a=20\r\nb=09\r\nc=20\r\n"},
           {"a b\tc", "a b\tc\r\n"},
           {std::string("\0\x1b\x7f", 3), "=00=1B=7F\r\n"},
           {".", "=2E\r\n"},
           {"a\n.\n..b\nc.", "a\r\n=2E\r\n=2E.b\r\nc.\r\n"},
           {"From me\n>From\nFromage", "=46rom me\r\n>From\r\nFromage\r\n"},
           {std::string(76, 'x'), std::string(76, 'x') + "\r\n"},
           {std::string(77, 'x'), std::string(75, 'x') + "=\r\nxx\r\n"},
           {std::string(75, 'x') + ".", std::string(75, 'x') + ".\r\n"},
           {std::string(75, 'x') + "..", std::string(75, 'x') + "=\r\n=2E.\r\n"},
           {std::string(73, 'x') + "=", std::string(73, 'x') + "=3D\r\n"},
           {std::string(74, 'x') + "=", std::string(74, 'x') + "=\r\n=3D\r\n"}};
  for (const auto& [text, encoded] : rows)
    BOOST_TEST(quoted_printable(text) == encoded);
}

BOOST_AUTO_TEST_CASE(any_bytes_read_back_and_no_line_is_too_long) {
  const auto seed = std::random_device()();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    const std::string likely = "abc .=\r\n\tFrom \xc3\xbc\xf0\x9f\x90\xb4";
    for (int round = 0; round < 300; ++round) {
      std::string text;
      for (auto left = random() % 400; left > 0; --left)
        text += random() % 4 == 0 ? static_cast<char>(random() % 256)
                                  : likely[random() % likely.size()];
      const auto encoded = quoted_printable(text);
      for (const auto& line : lines_of(encoded)) {
        BOOST_TEST_REQUIRE(line.size() <= 76U);
        BOOST_TEST_REQUIRE(!line.starts_with('.'));
        BOOST_TEST_REQUIRE(!line.ends_with(' '));
        BOOST_TEST_REQUIRE(line.find_first_of("\r\n") == line.npos);
      }
      BOOST_TEST_REQUIRE((decoded_quoted_printable(encoded) == with_crlf(text)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
