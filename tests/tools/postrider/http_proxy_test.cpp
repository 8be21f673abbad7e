#include "tests/tools/postrider/reading.hpp"

#include <boost/test/unit_test.hpp>

/// [http_proxy], and the proxy of one provider.
namespace postrider::cli::tests {
namespace {

const environment secrets{{"PROXY_PASSWORD", "open sesame"}, {"OTHER_PASSWORD", "other"}};

const std::string of_all =
    "[http_proxy]\nurl = \"http://proxy.example.org:3128\"\nusername = \"Aladdin\"\n"
    "password_env = \"PROXY_PASSWORD\"\nno_proxy = \"10.0.0.0/8\"\n";

actors::http_proxy proxy_of_main(const std::string& text) {
  const auto read = read_configuration("f.toml", text, secrets);
  for (const auto& wrong : read.mistakes)
    BOOST_ERROR(to_string(wrong));
  return read.settings.delivery.providers.at(0).proxy;
}

BOOST_AUTO_TEST_SUITE(http_proxy_settings)

BOOST_AUTO_TEST_CASE(without_a_word_there_is_none) {
  const auto settings = settings_of(one_provider);
  BOOST_TEST(settings.delivery.providers.at(0).proxy.url == "");
  const auto proxy = settings_of("").delivery.proxy;
  BOOST_TEST(proxy.url == "");
  BOOST_TEST(proxy.no_proxy == "localhost 127.0.0.0/8 ::1");
}

BOOST_AUTO_TEST_CASE(the_proxy_of_all_is_that_of_each_provider_which_says_nothing) {
  const actors::http_proxy wanted{"http://proxy.example.org:3128", "Aladdin", "open sesame",
                                  "10.0.0.0/8"};
  BOOST_TEST((proxy_of_main(of_all + one_provider) == wanted));
}

BOOST_AUTO_TEST_CASE(a_provider_may_have_its_own_or_none) {
  const actors::http_proxy own{"https://other.example.org:8443", "Ali", "other",
                               "localhost 127.0.0.0/8 ::1"};
  BOOST_TEST((proxy_of_main(of_all + one_provider +
                            "proxy = { url = \"https://other.example.org:8443\", username = "
                            "\"Ali\", password_env = \"OTHER_PASSWORD\" }\n") == own));
  BOOST_TEST(
      (proxy_of_main(of_all + one_provider + "proxy.url = \"none\"\n") == actors::http_proxy{}));
}

BOOST_AUTO_TEST_CASE(an_address_with_a_port_is_a_url_too) {
  for (const auto* url : {"http://[::1]:3128", "https://192.0.2.1:443/", "http://p:80"})
    BOOST_TEST(settings_of("[http_proxy]\nurl = \"" + std::string(url) + "\"").delivery.proxy.url ==
               url);
}

BOOST_AUTO_TEST_CASE(email_has_no_proxy) {
  const std::string mail =
      "[[provider]]\nname = \"main\"\ntype = \"email\"\nurl = \"smtp://127.0.0.1:25\"\nfrom = "
      "\"robot@example.net\"\n";
  BOOST_TEST(proxy_of_main(of_all + mail).url == "");
  const auto mistakes = mistakes_in(mail + "proxy.url = \"http://proxy.example.org:3128\"\n");
  BOOST_REQUIRE(mistakes.size() == 1);
  BOOST_TEST(mistakes[0].find("unknown key \"proxy\"") != std::string::npos, mistakes[0]);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place) {
  const struct {
    std::string text, printed;
  } rows[]{
      {"[http_proxy]\nurl = \"proxy.example.org:3128\"",
       "f.toml:2:7: \"url\": not a URL of a proxy"},
      {"[http_proxy]\nurl = \"socks5://proxy.example.org\"",
       "f.toml:2:7: \"url\": not a URL of a proxy"},
      {"[http_proxy]\nurl = \"http://user:password@proxy.example.org\"", "f.toml:2:7: \"url\": "},
      {"[http_proxy]\nurl = \"http://proxy.example.org/path\"", "f.toml:2:7: \"url\": "},
      // A proxy has no usual port.
      {"[http_proxy]\nurl = \"http://proxy.example.org\"",
       "f.toml:2:7: \"url\": not a URL of a proxy"},
      {"[http_proxy]\nurl = \"https://[::1]/\"", "f.toml:2:7: \"url\": not a URL of a proxy"},
      {"[http_proxy]\nurl = \"none\"", "f.toml:2:7: \"url\" is \"none\""},
      {"[http_proxy]\nusername = \"Ali\"",
       "f.toml:2:12: \"username\": a user name without a proxy"},
      {"[http_proxy]\nurl = \"http://p.example:80\"\nusername = \"a:b\"",
       "f.toml:3:12: \"username\": a colon"},
      {"[http_proxy]\nurl = \"http://p.example:80\"\npassword_env = \"PROXY_PASSWORD\"",
       "\"password_file\": a password without a user name"},
      {"[http_proxy]\nno_proxy = \"a.example http://b\"",
       "f.toml:2:12: \"no_proxy\": \"http://b\" is in it"},
      {"[http_proxy]\nno_proxy = \"a.example\"",
       "f.toml:2:12: \"no_proxy\": hosts that no proxy is asked for, without a proxy"},
      // Beside the proxy of all, whose hosts it would not change.
      {of_all + one_provider + "proxy.no_proxy = \"a.example\"",
       "\"proxy.no_proxy\": hosts that no proxy is asked for, without a proxy"},
      {of_all + one_provider + "proxy.no_proxy = \"\"",
       "\"proxy.no_proxy\": hosts that no proxy is asked for, without a proxy"},
      {of_all + one_provider + "proxy = { url = \"none\", no_proxy = \"a.example\" }",
       "\"proxy.no_proxy\": hosts that no proxy is asked for, without a proxy"},
      {"[http_proxy]\npassword = \"x\"", "is a secret and must not be written here"},
      {one_provider + "proxy.url = \"proxy:3128\"",
       "f.toml:6:13: \"proxy.url\": not a URL of a proxy"},
      {one_provider + "proxy.username = \"Ali\"", "f.toml:6:18: \"proxy.username\": a user name"}};
  for (const auto& row : rows) {
    const auto found = mistakes_in(row.text, secrets);
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_REQUIRE(found.size() == 1);
      BOOST_TEST(found[0].find(row.printed) != std::string::npos, found[0]);
      BOOST_TEST(found[0].find("open sesame") == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::cli::tests
