#include "http/target.hpp"

#include "http/media_type.hpp"
#include "http/request_id.hpp"
#include "http/router.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace postrider::http;

namespace {

/// The code of what the router says to a request without content, or the pattern that it found.
std::string routed(method what, std::string_view target) {
  request from;
  from.method = what;
  from.path = target.substr(0, target.find('?'));
  if (from.path.size() < target.size()) from.query = target.substr(from.path.size() + 1);
  from.content_type = "application/json";
  const auto found = route(from);
  if (found.endpoint != nullptr) return std::string(found.endpoint->pattern);
  return std::string(to_string(found.refused->code));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(is_percent_decoded_once) {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {{"abc", "abc"},   {"a%20b", "a b"}, {"%2F", "/"},     {"%252F", "%2F"},
               {"%c3%a4", "ä"},  {"a+b", "a+b"},   {"%", nullptr},   {"%2", nullptr},
               {"%zz", nullptr}, {"%00", nullptr}, {"%0a", nullptr}, {"%ff", nullptr},
               {"%7f", nullptr}};
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.text) {
      const auto decoded = decoded_part(one.text);
      BOOST_TEST(decoded.has_value() == (one.expected != nullptr));
      if (decoded && one.expected) BOOST_TEST(*decoded == one.expected);
    }
}

BOOST_AUTO_TEST_CASE(finds_its_endpoint) {
  const struct {
    method what;
    const char* target;
    const char* expected;
  } cases[] = {
      {method::post, "/send/message", "/send/message"},
      {method::post, "/v1/messages", "/v1/messages"},
      {method::get, "/v1/messages", "/v1/messages"},
      {method::get, "/v1/messages/x", "/v1/messages/{message_id}"},
      {method::head, "/v1/messages/x", "/v1/messages/{message_id}"},
      {method::get, "/v1/messages/", "not_found"},
      {method::get, "/v1/messages/x/", "not_found"},
      {method::get, "/v1/messages/x/y", "not_found"},
      {method::get, "//livez", "not_found"},
      {method::get, "/livez/", "not_found"},
      {method::get, "/LIVEZ", "not_found"},
      {method::get, "*", "not_found"},
      {method::get, "/", "/"},
      {method::post, "/", "method_not_allowed"},
      {method::get, "/problems/no_route", "/problems/{code}"},
      {method::put, "/v1/users/7/providers", "/v1/users/{user_id}/providers"},
      {method::del, "/v1/users/7/providers", "method_not_allowed"},
      {method::other, "/livez", "method_not_allowed"},
      {method::get, "/v1/transactions/%zz", "bad_path"},
      {method::get, "/v1/transactions/1?x=1", "unknown_query_parameter"},
      {method::get, "/v1/transactions/1?", "/v1/transactions/{id}"},
      {method::get, "/admin/inspect?section=senders", "/admin/inspect"},
      {method::get, "/admin/inspect?section=a&section=b", "bad_query_parameter"},
      {method::get, "/admin/inspect?section=%00", "bad_query_parameter"},
      {method::get, "/admin/inspect?section=", "bad_query_parameter"},
      {method::get, "/admin/inspect?section", "bad_query_parameter"},
      {method::get, "/v1/transactions?limit=5&recipient=", "bad_query_parameter"},
      {method::get, "/v1/users/7/transactions?status=&limit=5", "bad_query_parameter"},
      {method::get, "/v1/transactions?cursor=", "bad_query_parameter"},
      {method::get, "/v1/transactions?limit=5&", "/v1/transactions"},
      {method::post, "/receipts/a/b?status=", "/receipts/{provider}/{token}"},
      {method::get, "/admin/inspect?Section=a", "unknown_query_parameter"},
      {method::get, "/admin/inspect?=a", "unknown_query_parameter"},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.target) { BOOST_TEST(routed(one.what, one.target) == one.expected); }
}

BOOST_AUTO_TEST_CASE(has_no_two_endpoints_for_one_method_and_pattern) {
  std::set<std::pair<method, std::string_view>> seen;
  for (const auto& one : endpoints()) {
    BOOST_TEST(one.pattern.starts_with('/'));
    BOOST_TEST(seen.emplace(one.method, one.pattern).second);
  }
}

BOOST_AUTO_TEST_CASE(knows_json_by_its_media_type) {
  for (const char* text :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"", "application/json; x=y", "application/json;"})
    BOOST_TEST(is_json(text), text);
  for (const char* text : {"", "text/plain", "application/json+x", "application/jsonp",
                           "application/json; charset=latin1", "application/x-ndjson"})
    BOOST_TEST(!is_json(text), text);
}

BOOST_AUTO_TEST_CASE(takes_a_request_id_of_1_to_128_printable_characters) {
  BOOST_TEST(usable_request_id("abc-123 {x}"));
  BOOST_TEST(usable_request_id(std::string(128, 'x')));
  BOOST_TEST(!usable_request_id(""));
  BOOST_TEST(!usable_request_id(std::string(129, 'x')));
  BOOST_TEST(!usable_request_id("ä"));
  BOOST_TEST(!usable_request_id("a\tb"));
}

BOOST_AUTO_TEST_CASE(finds_a_request_id_in_a_header_that_was_not_parsed) {
  const std::string line = "GET / HTTP/1.1\r\n", id = "X-Request-Id: order-42\r\n";
  const struct {
    std::string received;
    std::string_view found;
  } cases[] = {
      {line + id, "order-42"},
      {line + "Host: a\r\nx-request-ID:\t a b \t\r\nX: y", "a b"},
      {"\r\n" + line + id + "\r\n", "order-42"},
      {line + "A: b\r\n c\r\n" + id, "order-42"},
      {"", ""},
      {id, ""},
      {line + "X-Request-Id: order-4", ""},
      {line + "X-Request-Id:\r\n", ""},
      {line + "X-Request-Id:  \r\n", ""},
      {line + "X-Request-Id : a\r\n", ""},
      {line + "Not-X-Request-Id: a\r\n", ""},
      {line + id + " folded\r\n", ""},
      {line + id + id, ""},
      {line + "X-Request-Id: a\nb\r\n", ""},
      {line + "X-Request-Id: \xc3\xa4\r\n", ""},
      {line + "X-Request-Id: " + std::string(129, 'x') + "\r\n", ""},
      {line + "\r\n" + id, ""},
      // The parameters are those of another request.
      {"GET / HTTP/1.1\nHost: a\n\n" + line + id, ""},
      {line + "Host: a\n\n" + line + id, ""},
      {"\x16\x03\x01" + line + id, ""},
      {line + id + "Host: a\n\r\n", "order-42"},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.received) { BOOST_TEST(find_request_id(one.received) == one.found); }
}

BOOST_AUTO_TEST_SUITE_END()
