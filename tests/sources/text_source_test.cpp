#include "source_fixture.hpp"

#include <algorithm>

namespace postrider::sources {

struct text_fixture : source_fixture {
  static constexpr std::string_view form = "application/x-www-form-urlencoded";
};

BOOST_FIXTURE_TEST_SUITE(text_source, text_fixture)

BOOST_AUTO_TEST_CASE(curl_sends_any_text) {
  // curl -d says that it is a form.
  for (const std::string_view text :
       {"Backup failed", "a=b", "50% of it", "two\nlines", "a&b", "100%25"}) {
    const auto made = must(post(text, form));
    BOOST_TEST(first(made).text == text);
    BOOST_TEST(first(made).subject == "");
    BOOST_TEST(first(must(post(text, "text/plain"))).text == text);
  }
}

BOOST_AUTO_TEST_CASE(forms_and_parameters_have_names) {
  auto message = first(must(post("message=Backup+failed&title=Nightly&priority=high", form)));
  BOOST_TEST(message.text == "Backup failed");
  BOOST_TEST(message.subject == "Nightly");
  BOOST_TEST((message.priority == persistence::priority::high));
  request.query = {{"title", "T"}, {"priority", "low"}};
  message = first(must(post("x", "text/plain")));
  BOOST_TEST(message.subject == "T");
  BOOST_TEST((message.priority == persistence::priority::low));
}

BOOST_AUTO_TEST_CASE(a_get_sends_only_where_it_is_allowed) {
  request.method = "GET";
  request.query = {{"text", "Door"}};
  BOOST_TEST(refused(translate(of, request)) == 405U);
  of.allow_get = true;
  BOOST_TEST(first(must(translate(of, request))).text == "Door");
}

BOOST_AUTO_TEST_CASE(only_post_put_and_an_allowed_get_send) {
  request.query = {{"text", "Door"}};
  // HEAD, which promises to change nothing, is routed as GET.
  for (const bool allowed : {false, true})
    for (const auto* method : {"HEAD", "PATCH"}) {
      of.allow_get = allowed;
      request.method = method;
      BOOST_TEST(refused(translate(of, request)) == 405U, method);
    }
  request.method = "PUT";
  BOOST_TEST(first(must(translate(of, request))).text == "Door");
}

BOOST_AUTO_TEST_CASE(a_form_with_files_names_them) {
  const std::string_view multipart = "multipart/form-data; boundary=x";
  const auto field = [](std::string_view name, std::string_view value) {
    return "--x\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
           std::string(value) + "\r\n";
  };
  const std::string file =
      "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"disk.log\"\r\n"
      "Content-Type: text/plain\r\n\r\n12345\r\n";
  auto message = first(must(post(field("message", "It\r\nfailed") + field("title", "Backup") +
                                     field("priority", "high") + file + "--x--\r\n",
                                 multipart)));
  BOOST_TEST(message.text == "It\nfailed\nAttachment: disk.log (text/plain, 5 bytes)");
  BOOST_TEST(message.subject == "Backup");
  BOOST_TEST((message.priority == persistence::priority::high));
  message = first(must(post(file + "--x--\r\n", multipart)));
  BOOST_TEST(message.text == "Attachment: disk.log (text/plain, 5 bytes)");
  std::string many;
  for (int i = 0; i < 30; ++i)
    many += file;
  message = first(must(post(field("message", "m") + many + "--x--\r\n", multipart)));
  BOOST_TEST(message.text.ends_with("5 bytes)\nand more attachments"));
  BOOST_TEST(std::ranges::count(message.text, '\n') == 21);
  BOOST_TEST(refused(post("--x--\r\n", multipart)) == 400U);
  BOOST_TEST(refused(post("no form", multipart)) == 400U);
}

BOOST_AUTO_TEST_CASE(five_megabytes_are_cut) {
  const auto message = first(must(post(std::string(5 * 1024 * 1024, 'x'), "text/plain")));
  BOOST_TEST(message.text.size() <= of.max_characters);
  BOOST_TEST(message.text.ends_with(" more characters)"));
  BOOST_TEST(message.shorten);
}

BOOST_AUTO_TEST_CASE(others_are_refused) {
  BOOST_TEST(refused(post(" \n", "text/plain")) == 400U);
  request.path = {"x"};
  BOOST_TEST(refused(post("x", "text/plain")) == 404U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
