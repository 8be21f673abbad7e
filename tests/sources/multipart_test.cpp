#include "sources/multipart.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::sources {
namespace {

constexpr std::string_view type = "multipart/form-data; boundary=AaB03x";

/// As curl -F sends a text and a file.
constexpr std::string_view two_parts =
    "--AaB03x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nIt\r\nfailed\r\n"
    "--AaB03x\r\nContent-Disposition: form-data; name=\"log\"; filename=\"a \\\"b\\\".txt\"\r\n"
    "Content-Type: text/plain\r\n\r\n12345\r\n--AaB03x--\r\n";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(multipart)

BOOST_AUTO_TEST_CASE(parts_have_names_and_files_file_names) {
  for (const std::string body : {std::string(two_parts), "preamble\r\n" + std::string(two_parts),
                                 std::string(two_parts) + "epilogue"}) {
    const auto parts = multipart_form(type, body);
    BOOST_REQUIRE(parts);
    BOOST_REQUIRE_EQUAL(parts->size(), 2U);
    BOOST_TEST(parts->at(0).name == "message");
    BOOST_TEST(!parts->at(0).file.has_value());
    BOOST_TEST(parts->at(0).content == "It\r\nfailed");
    BOOST_TEST(parts->at(1).name == "log");
    BOOST_TEST(parts->at(1).file.value_or("") == "a \"b\".txt");
    BOOST_TEST(parts->at(1).content_type == "text/plain");
    BOOST_TEST(parts->at(1).content == "12345");
  }
}

BOOST_AUTO_TEST_CASE(forms_of_other_writers) {
  // A boundary in quotes, names without them, fields in lower case, and the path of a browser.
  const auto parts = multipart_form(
      "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"",
      "--a b\r\ncontent-disposition: form-data; name=x; filename=\"C:\\dir\\x.txt\"\r\n\r\n"
      "\r\n--a b--");
  BOOST_REQUIRE(parts);
  BOOST_TEST(parts->at(0).name == "x");
  BOOST_TEST(parts->at(0).file.value_or("") == "C:\\dir\\x.txt");
  BOOST_TEST(parts->at(0).content == "");
  const auto none = multipart_form(type, "--AaB03x--");
  BOOST_REQUIRE(none);
  BOOST_TEST(none->empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_form_is_nothing) {
  for (const auto* other : {"multipart/form-data", "multipart/form-data; boundary=",
                            "multipart/form-data; boundary=\"AaB03x", "text/plain"})
    BOOST_TEST(!multipart_form(other, two_parts).has_value(), other);
  BOOST_TEST(!multipart_form("multipart/form-data; boundary=" + std::string(71, 'b'),
                             "--" + std::string(71, 'b') + "--")
                  .has_value());
  const std::string body(two_parts);
  for (const auto& broken :
       {std::string(), std::string("--AaB03x"), std::string("text"),
        replaced(body, "form-data; name=\"message\"", "attachment"),
        replaced(body, "; name=\"message\"", ""), replaced(body, "name=\"message\"", "name=\"m"),
        replaced(body, "Content-Disposition: ", "Content-Disposition "),
        replaced(body, "\r\n\r\nIt", "\r\n" + std::string(9'000, 'x') + ": y\r\n\r\nIt")})
    BOOST_TEST(!multipart_form(type, broken).has_value(), broken.substr(0, 100));
  // Cut off anywhere before its end.
  for (std::size_t size = 0; size + 4 < body.size(); ++size)
    BOOST_TEST(!multipart_form(type, std::string_view(body).substr(0, size)).has_value(), size);
}

BOOST_AUTO_TEST_CASE(the_number_of_parts_is_bounded) {
  const auto of_parts = [](std::size_t count) {
    std::string body;
    for (std::size_t i = 0; i < count; ++i)
      body += "--AaB03x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    return body + "--AaB03x--\r\n";
  };
  BOOST_TEST(multipart_form(type, of_parts(max_form_parts)).has_value());
  BOOST_TEST(!multipart_form(type, of_parts(max_form_parts + 1)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
