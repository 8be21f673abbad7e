#include "actors/providers/transfer/http_proxy.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(http_proxies)

BOOST_AUTO_TEST_CASE(some_hosts_are_called_directly) {
  const struct {
    std::string_view host, no_proxy;
    bool direct;
  } rows[]{{"api.example.org", "", false},
           {"api.example.org", "  ,, ", false},
           {"api.example.org", "*", true},
           {"api.example.org", "example.org", true},
           {"API.Example.ORG", "other.example,example.org", true},
           {"example.org", "example.org", true},
           {"example.org.", "example.org", true},
           {"example.org", ".example.org", true},
           {"notexample.org", "example.org", false},
           {"example.org.evil.example", "example.org", false},
           {"org", "example.org", false},
           {"localhost", "localhost 127.0.0.0/8 ::1", true},
           {"127.0.0.1", "localhost 127.0.0.0/8 ::1", true},
           {"127.255.1.2", "localhost 127.0.0.0/8 ::1", true},
           {"128.0.0.1", "localhost 127.0.0.0/8 ::1", false},
           {"::1", "localhost 127.0.0.0/8 ::1", true},
           {"::2", "localhost 127.0.0.0/8 ::1", false},
           {"10.1.2.3", "10.1.2.3", true},
           {"10.1.2.30", "10.1.2.3", false},
           {"10.1.2.3", "10.1.2.0/23", true},
           {"10.1.4.3", "10.1.2.0/23", false},
           {"10.1.2.3", "0.0.0.0/0", true},
           {"10.1.2.3", "::/0", false},
           {"10.1.2.3", "2.3", false},
           {"fd00::1", "fd00::/8", true},
           {"fe00::1", "fd00::/8", false},
           // Names are not resolved.
           {"localhost", "127.0.0.0/8", false},
           // An entry that is none fits nothing.
           {"10.1.2.3", "10.1.2.3/33", false},
           {"10.1.2.3", "10.1.2.3/x", false}};
  for (const auto& row : rows)
    BOOST_TEST(goes_direct(row.host, row.no_proxy) == row.direct, row.host << " " << row.no_proxy);
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_none_is_named) {
  for (const auto* good :
       {"", "*", "a.example, .b.example\t10.0.0.1", "fd00::/8 ::1", "under_score"})
    BOOST_TEST(wrong_no_proxy_entry(good) == "", good);
  const struct {
    std::string_view list, wrong;
  } rows[]{{"a.example http://b.example", "http://b.example"},
           {"10.0.0.0/33", "10.0.0.0/33"},
           {"10.0.0.0/", "10.0.0.0/"},
           {"*.example.org", "*.example.org"},
           {"a.example:8080", "a.example:8080"},
           {"[::1]", "[::1]"}};
  for (const auto& row : rows)
    BOOST_TEST(wrong_no_proxy_entry(row.list) == row.wrong, row.list);
}

BOOST_AUTO_TEST_CASE(a_proxy_is_not_asked_for_what_is_surely_private) {
  for (const auto* open : {"example.org", "8.8.8.8", "2606:4700::1111", "notlocalhost"})
    BOOST_TEST(may_be_public(open), open);
  for (const auto* closed : {"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1",
                             "localhost", "a.LocalHost", "localhost."})
    BOOST_TEST(!may_be_public(closed), closed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
