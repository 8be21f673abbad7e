#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(refusals, ledger_fixture)

BOOST_AUTO_TEST_CASE(what_is_too_long_or_not_utf8_is_refused_and_the_others_pass) {
  auto long_recipient = accept(), long_text = accept(), bad_text = accept(), bad_address = accept();
  long_recipient.transactions[0].recipient.assign(max_recipient_bytes + 1, 'x');
  auto change = [](accept_message& what, auto how) {
    auto m = std::make_shared<message>(*what.message);
    how(*m);
    what.message = m;
  };
  change(long_text, [](message& m) { m.text.assign(max_text_bytes + 1, 'x'); });
  change(bad_text, [](message& m) { m.text = "caf\xE9"; });
  bad_address.transactions[0].recipient = "\xED\xA0\x80";  // a surrogate
  const auto results =
      apply({accept(), long_recipient, long_text, bad_text, bad_address, accept()});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[5].status == transition_status::applied);
  for (int i = 1; i < 5; ++i) {
    BOOST_TEST(results[i].status == transition_status::refused);
    BOOST_TEST(!results[i].reason.empty());
    BOOST_TEST(results[i].ids.empty());
  }
  BOOST_TEST(!queries->find_message(bad_text.message->id).value());
  BOOST_TEST(counts().pending == 2);
}

BOOST_AUTO_TEST_CASE(a_row_that_the_database_refuses_fails_alone) {
  const auto first = accept();
  apply({first});
  const auto begun = pending();
  auto twice = accept();
  auto m = std::make_shared<message>(*twice.message);
  m->id = first.message->id;
  twice.message = m;
  std::vector<transition> transitions;
  for (int i = 0; i < 20; ++i)
    transitions.push_back(accept());
  transitions.insert(transitions.begin() + 7, twice);
  transitions.insert(transitions.begin() + 15, twice);
  transitions.push_back(begin_delivery{begun});
  const auto results = apply(transitions);
  for (std::size_t i = 0; i < results.size(); ++i)
    BOOST_TEST(results[i].status ==
               (i == 7 || i == 15 ? transition_status::refused : transition_status::applied));
  BOOST_TEST(!results[7].reason.empty());
  BOOST_TEST(counts().pending == 21);
  BOOST_TEST(find(begun).transaction.status == transaction_status::processing);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_a_provider_said_is_cut_and_not_refused) {
  const auto id = processing();
  std::string text(max_error_message_bytes - 1, 'x');
  finish end{id,
             transaction_status::processing,
             transaction_status::failed,
             {error_code::unavailable, text + "€", std::string(300, 'r')}};
  BOOST_TEST(status_of(end) == transition_status::applied);
  BOOST_TEST(find(id).transaction.error_message == text);
  BOOST_TEST(find(id).transaction.provider_ref == std::string(max_provider_ref_bytes, 'r'));
  const auto other = processing();
  apply({finish{other,
                transaction_status::processing,
                transaction_status::failed,
                {error_code::unavailable, "caf\xE9", ""}}});
  BOOST_TEST(find(other).transaction.error_message == "caf\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(text_with_quotes_and_zero_bytes_comes_back_as_it_was) {
  auto what = accept();
  auto m = std::make_shared<message>(*what.message);
  m->text = std::string("'\"\\\0%_;--", 9);
  what.message = m;
  apply({what});
  BOOST_TEST(queries->find_message(m->id).value()->message.text == m->text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
