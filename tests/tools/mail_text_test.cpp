#include "tools/provider-sim/mail_text.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::provider_sim {
namespace {

// Mails are written here with LF; they travel with CRLF.
std::string on_the_wire(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') result += '\r';
    result += c;
  }
  return result;
}

BOOST_AUTO_TEST_SUITE(mail_text_test)

BOOST_AUTO_TEST_CASE(finds_the_text_of_a_mail) {
  const std::pair<const char*, const char*> table[] = {
      {"Subject: s\n\nhello\nworld\n", "hello\nworld"},
      {"\nno head\n", "no head"},
      {"Subject: only a head\n", ""},
      {"Content-Transfer-Encoding: quoted-printable\n\nhell=C3=B6 =\nworld=3D\n", "hellö world="},
      {"content-transfer-encoding: BASE64\n\naGVsbG8g\nd29ybGQ=\n", "hello world"},
      {"Content-Type: TEXT/PLAIN;\n charset=utf-8\nContent-Transfer-Encoding:\n 8bit\n\nö\n", "ö"},
      {"Content-Type: multipart/alternative; boundary=\"=_b\"\n\nfor old readers\n--=_b\n"
       "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nw7Y=\n"
       "--=_b\nContent-Type: text/html\n\n<p>no</p>\n--=_b--\n",
       "ö"},
      {"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n"
       "<p>no</p>\n--b\nContent-Type: text/plain\n\nyes\n--b--\n",
       "yes"},
      {"Content-Type: multipart/mixed; boundary=outer\n\n--outer\n"
       "Content-Type: multipart/alternative; "
       "boundary=inner\n\n--inner\n\ndeep\n\nlines\n--inner--\n"
       "\n--outer\nContent-Type: text/plain\n\nsecond\n--outer--\n",
       "deep\n\nlines"},
  };
  for (const auto& [mail, text] : table)
    BOOST_TEST(mail_text(on_the_wire(mail)) == text, mail);
}

BOOST_AUTO_TEST_CASE(what_is_not_quoted_printable_stays) {
  BOOST_TEST(undo_quoted_printable("a=zzb=") == "a=zzb=");
  BOOST_TEST(undo_quoted_printable("=\r\n=41=\n") == "A");
}

BOOST_AUTO_TEST_CASE(mails_that_never_end_are_read_to_their_end) {
  std::string nested;
  for (int i = 0; i < 100; ++i)
    nested += "Content-Type: multipart/mixed; boundary=b\n\n--b\n";
  BOOST_TEST(mail_text(nested) == mail_text(nested));
  BOOST_TEST(mail_text("Content-Type: multipart/mixed; boundary=b\n\n--b") == "--b");
  BOOST_TEST(mail_text("Content-Type: multipart/mixed\n\n--\n--\n") == "--\n--");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
