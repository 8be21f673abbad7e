#include "sources/mail_reader.hpp"

#include "base/utf8.hpp"
#include "sources/mail_bounds.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <chrono>
#include <sys/resource.h>

namespace postrider::sources {
namespace {

/// The most memory that this process had, in KiB.
long most_memory() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

std::string nested(std::size_t levels, const std::string& inside) {
  std::string head, tail;
  for (std::size_t i = 0; i < levels; ++i) {
    head += fmt::format("Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n", i);
    tail = fmt::format("\n--b{}--\n", i) + tail;
  }
  return head + "Content-Type: text/plain\n\n" + inside + tail;
}

std::string forwarded(std::size_t levels, const std::string& inside) {
  std::string mail;
  for (std::size_t i = 0; i < levels; ++i)
    mail += fmt::format("Subject: level {}\nContent-Type: message/rfc822\n\n", i);
  return mail + "Subject: inside\n\n" + inside;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_reader)

BOOST_AUTO_TEST_CASE(a_text_is_found_however_deep_it_is) {
  for (const std::size_t levels : {1U, 10U, 100U, 500U})
    BOOST_TEST(read_mail_content("Subject: s\n" + nested(levels, "the text\n")).text == "the text");
  BOOST_TEST(read_mail_content(forwarded(3, "the text\n")).text.ends_with("the text"));
}

BOOST_AUTO_TEST_CASE(deeper_nesting_is_bounded) {
  for (const std::size_t levels : {1'000U, 2'000U, 9'000U}) {
    const auto read = read_mail_content("Subject: deep\n" + nested(levels, "x\n"));
    BOOST_TEST(read.header("subject") == "deep");
    BOOST_TEST(read_mail_content(forwarded(levels, "x\n")).header("subject") == "level 0");
  }
}

BOOST_AUTO_TEST_CASE(a_thousand_parts_are_read) {
  std::string mail = "Subject: many\nContent-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 1'000; ++i)
    mail += fmt::format("--b\nContent-Type: {}; name=p{}\n\npart {}\n",
                        i % 2 == 0 ? "text/plain" : "image/png", i, i);
  const auto read = read_mail_content(mail + "--b--\n");
  BOOST_TEST(read.whole);
  BOOST_TEST(read.attachments.size() == max_mail_attachments);
  BOOST_TEST(read.attachments[0].name == "p0");
}

BOOST_AUTO_TEST_CASE(texts_of_parts_are_one_after_the_other) {
  const auto read = read_mail_content(
      "Content-Type: multipart/mixed; boundary=b\n\n"
      "--b\n\none\n--b\nContent-Type: text/html\n\n<p>two</p>\n--b\n\n \n--b\n\nthree\n--b--\n");
  BOOST_TEST(read.text == "one\n\ntwo\n\nthree");
}

BOOST_AUTO_TEST_CASE(a_long_text_is_whole_and_long_headers_are_cut) {
  const std::string longest(2'000'000, 'x');
  const auto read = read_mail_content("Subject: " + longest.substr(0, 500'000) + "\n\n" + longest);
  BOOST_TEST(read.text.size() == longest.size());
  BOOST_TEST(read.header("subject").size() <= 8'192U);
  std::string many = "Subject: s\n";
  for (int i = 0; i < 5'000; ++i)
    many += fmt::format("X-{}: y\n", i);
  BOOST_TEST(read_mail_content(many + "\nbody").headers.size() == 500U);
  BOOST_TEST(read_mail_content(many + "\nbody").text == "body");
}

/// Mails of 8 MiB, each a way to have the reader make many objects or look at much again and again.
BOOST_AUTO_TEST_CASE(hostile_mails_take_bounded_time_and_memory) {
  const auto filled = [](std::string head, std::string_view piece) {
    while (head.size() < 8U * 1024 * 1024)
      head += piece;
    return head;
  };
  const std::string multipart = "Content-Type: multipart/mixed; boundary=b\n\n";
  const std::string mails[]{
      filled(multipart, "--b\n\n"),
      filled(multipart, "--b\nContent-Type: message/rfc822\n\nTo: a@b\n\n"),
      filled(multipart, "--b\nContent-Type: multipart/mixed; boundary=b\n\n"),
      filled("Content-Type: message/rfc822\n\nTo: ", "a@b,"),
      filled("Content-Type: message/rfc822\n\n", "Content-Type: message/rfc822\n\n"),
      filled("To: ", "a@b,\n "),
      filled("", "a:\n"),
      filled("Subject: ", "=?utf-8?q?a?= "),
      filled("Subject: ", "=?"),
      filled("Content-Type: text/plain", "; a=b"),
      filled("Content-Type: text/plain", "; a*1=b"),
      filled("Content-Type: text/plain; x=\"", "\\"),
      filled("From: ", "("),
      filled("Content-Type: text/html\n\n", "<b><i></u>"),
      filled("Content-Type: text/plain; format=flowed\n\n", "> \n"),
      filled("Content-Transfer-Encoding: base64\n\n", "="),
      filled("Content-Transfer-Encoding: quoted-printable\n\n", "=\n"),
      filled("Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n", "M"),
      filled("Content-Type: text/plain; charset=iso-2022-jp\n\n", "\x1b"),
      filled("Content-Type: text/plain; charset=utf-7\n\n", "+"),
      filled(multipart, "--b\nContent-Type: image/png\n\n"),
  };
  for (const auto& mail : mails) {
    const auto front = mail.substr(0, 100);
    const auto before = most_memory();
    const auto begin = std::chrono::steady_clock::now();
    const auto read = read_mail_content(mail);
    const auto took = std::chrono::steady_clock::now() - begin;
    BOOST_TEST(is_utf8(read.text), front);
    BOOST_TEST((took < std::chrono::seconds(10)), front);
    // The mail itself is there several times.
    BOOST_TEST(most_memory() - before < 200 * 1024, front);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
