#include "actors/rules/receipt_token.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(receipt_tokens)

BOOST_AUTO_TEST_CASE(is_read_by_the_one_who_made_it) {
  for (const persistence::transaction_id id : {0L, 1L, 123L, 9'000'000'000L}) {
    const auto token = receipt_token("a secret of ours", "sms-main", id);
    BOOST_TEST((read_receipt_token("a secret of ours", "sms-main", token) == id));
    BOOST_TEST(token.find_first_of("+/=?#%& ") == token.npos, token);
  }
}

BOOST_AUTO_TEST_CASE(is_refused_when_anything_of_it_was_changed) {
  const auto token = receipt_token("a secret of ours", "sms-main", 123);
  BOOST_TEST(!read_receipt_token("another secret of ours", "sms-main", token));
  BOOST_TEST(!read_receipt_token("a secret of ours", "sms-other", token));
  BOOST_TEST(!read_receipt_token("", "sms-main", receipt_token("", "sms-main", 123)));
  BOOST_TEST(!read_receipt_token("a secret of ours", "sms-main", "124" + token.substr(3)));
  BOOST_TEST(!read_receipt_token("a secret of ours", "sms-main", "0" + token));
  BOOST_TEST(!read_receipt_token("a secret of ours", "sms-main", "+" + token));
  BOOST_TEST(!read_receipt_token("a secret of ours", "sms-main", token + "A"));
  for (const auto* text : {"", ".", "123", "123.", "-1.x", "x.y", "99999999999999999999.z"})
    BOOST_TEST(!read_receipt_token("a secret of ours", "sms-main", text), text);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!read_receipt_token("a secret of ours", "sms-main", other), other);
  }
}

BOOST_AUTO_TEST_CASE(the_url_is_under_the_public_one) {
  BOOST_TEST(receipt_url({}, "sms-main", 1).empty());
  const receipt_settings settings{"https://example.org/postrider", "a secret of ours"};
  BOOST_TEST(receipt_url(settings, "sms-main", 1) ==
             "https://example.org/postrider/receipts/sms-main/" +
                 receipt_token("a secret of ours", "sms-main", 1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
