#include "sources/mail_bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace postrider::sources {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_bounds)

BOOST_AUTO_TEST_CASE(an_ordinary_mail_is_as_it_was) {
  for (const auto* content : {"Subject: s\n\nbody\n", "Subject : s\r\n\r\nbody", "X:\n", "a:b"}) {
    BOOST_TEST(bound_mail(content).content == content);
    BOOST_TEST(bound_mail(content).whole);
  }
}

BOOST_AUTO_TEST_CASE(a_text_without_headers_is_all_body) {
  for (const auto* content : {"The disk is full.\nSubject: no\n", "", "\n", ": x\n", "tür: x\n",
                              "two words: x\n", "From nobody"})
    BOOST_TEST(bound_mail(content).content.starts_with('\n'), content);
  BOOST_TEST(bound_mail("body\n").content == "\nbody\n");
  BOOST_TEST(bound_mail(std::string("a: b\0c\n\n\0", 9)).content == "a: b c\n\n ");
  BOOST_TEST(bound_mail("From nas@x Mon Nov 30\nSubject: s\n\nx").content == "Subject: s\n\nx");
}

BOOST_AUTO_TEST_CASE(parts_are_bounded) {
  const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n";
  const auto most = head + repeated("--b\n\n\n", max_mail_parts);
  BOOST_TEST(bound_mail(most).whole);
  const auto more = bound_mail(most + "--b\n\nlast\n");
  BOOST_TEST(!more.whole);
  BOOST_TEST(more.content == most);
}

BOOST_AUTO_TEST_CASE(headers_are_bounded_wherever_they_are) {
  const auto fields = repeated("To: a@example.net, b@example.net\n", 40'000);
  const auto piece = repeated("a@b,\n ", 400'000);
  const std::array<std::string, 8> places{
      repeated("a:\n", 100'000) + "\nbody\n",
      fields + "\nbody\n",
      "To: " + repeated("a@b,", 400'000) + "\n\nbody\n",
      "To: " + piece + "\n\nbody\n",
      "Content-Type: message/rfc822\n\n" + fields + "\nbody\n",
      "Content-Type: multipart/digest; boundary=b\n\n--b\n\n" + fields + "\nbody\n",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + fields + "\nbody\n",
      "Content-Type:\n  MESSAGE/RFC822\n\nContent-type: message (x) /rfc822\n\n" + fields +
          "\nbody\n"};
  for (const auto& content : places) {
    const auto bounded = bound_mail(content);
    BOOST_TEST(!bounded.whole);
    BOOST_TEST(bounded.content.size() <= max_mail_header_bytes + 1'000);
  }
}

/// An attachment, a patch and a long text are no headers, whatever is in them.
BOOST_AUTO_TEST_CASE(bodies_are_not_bounded) {
  for (const auto& body :
       {repeated("a: b\n", 1'000'000),
        repeated("JVBERi0xLjQKJcfsj6IKNSAwIG9iago8PC9MZW5ndGg\n", 150'000),
        repeated("--- a/queue.c\n+++ b/queue.c\n-\n+\n\n", 9'000), std::string(8'000'000, 'x')}) {
    BOOST_TEST(bound_mail("Subject: s\n\n" + body).whole);
    BOOST_TEST(bound_mail("Message-ID: <1@x>\r\nSubject: a\r\n message\r\n\r\n" + body).whole);
    BOOST_TEST(
        bound_mail("Content-Type: multipart/mixed; boundary=b\n\n--b\nX: y\n\n" + body).whole);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
