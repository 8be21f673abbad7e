#include "tools/postrider/smtp_checks.hpp"

#include "tests/tools/postrider/reading.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli::tests {
namespace {

const std::string source = "[[source]]\nname = \"nas\"\ntype = \"mail\"\nto = [\"user:7\"]\n";

smtp::smtp_settings smtp_of(const std::string& text, const environment& variables = {}) {
  auto read = read_configuration("f.toml", text + source, variables);
  BOOST_TEST(read.mistakes.empty(), "no mistakes in " + text);
  for (const auto& wrong : read.mistakes)
    BOOST_TEST_MESSAGE(to_string(wrong));
  return read.settings.smtp;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(smtp_checks_)

BOOST_AUTO_TEST_CASE(lists_come_from_the_file_and_from_the_environment) {
  using texts = std::vector<std::string>;
  BOOST_TEST(!smtp_of("").wanted());
  const auto from_file =
      smtp_of("[smtp]\nlisten = [\"127.0.0.1:2525\", \"[::1]:2525\"]\nallow = []\n");
  BOOST_TEST((from_file.listen == texts{"127.0.0.1:2525", "[::1]:2525"}));
  BOOST_TEST(from_file.wanted());
  BOOST_TEST(
      (smtp_of("[smtp]\nallow = \"10.0.0.0/8, ::1\"\n").allow == texts{"10.0.0.0/8", "::1"}));
  const auto variables = environment{{"POSTRIDER_SMTP__LISTEN", "127.0.0.1:25 127.0.0.2:25"}};
  BOOST_TEST((smtp_of("[smtp]\nlisten = [\"127.0.0.1:1\"]\n", variables).listen ==
              texts{"127.0.0.1:25", "127.0.0.2:25"}));
}

BOOST_AUTO_TEST_CASE(the_certificate_is_that_of_http_unless_there_is_another) {
  const std::string http = "[http]\ntls_certificate = \"c.pem\"\ntls_key = \"k.pem\"\n";
  BOOST_TEST(smtp_of(http).tls_certificate == "c.pem");
  BOOST_TEST(smtp_of(http + "[smtp]\ntls_certificate = \"m.pem\"\ntls_key = \"l.pem\"\n")
                 .tls_certificate == "m.pem");
}

BOOST_AUTO_TEST_CASE(mistakes_say_where_and_what_to_do) {
  const std::pair<std::string, std::string> rows[]{
      {"listen = [\"2525\"]", "f.toml:2:10: \"listen\" has \"2525\"; expected addresses and ports"},
      {"listen = [1]", "f.toml:2:10: \"listen\" is an array; expected a list of texts"},
      {"listen = 1", "f.toml:2:10: \"listen\" is the number 1; expected a list of texts"},
      {"tls_listen = [\"127.0.0.1:465\"]", "\"tls_listen\" without a certificate"},
      {"tls_certificate = \"c.pem\"", "\"tls_certificate\" without a key"},
      {"tls_key = \"c.pem\"", "\"tls_key\" without a certificate"},
      {"allow = [\"10.0.0.0/40\"]", "\"allow\" has \"10.0.0.0/40\"; expected networks"},
      {"local_socket = \"mail.sock\"", "\"local_socket\" without a source for its mail"},
      {"local_source = \"nass\"", "did you mean \"nas\""},
      {"postmaster = \"hook\"", "\"postmaster\" is \"hook\""},
      {"max_held = \"1MiB\"", "\"max_held\" is less than \"max_size\""},
  };
  for (const auto& [line, expected] : rows) {
    const auto found = mistakes_in("[smtp]\n" + line + "\n" + source);
    BOOST_REQUIRE_MESSAGE(found.size() == 1, line);
    BOOST_TEST(found.front().find(expected) != std::string::npos, found.front()
                                                                      << " has not " << expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
