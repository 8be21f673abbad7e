#include "actors/api/service_errors.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using persistence::ledger_errc;

BOOST_AUTO_TEST_SUITE(service_errors)

BOOST_AUTO_TEST_CASE(each_kind_has_its_code_and_its_time_to_wait) {
  const struct {
    service_error error;
    service_errc code;
    int retry_after;
  } rows[]{{invalid("x"), service_errc::invalid, 0},
           {not_found("x"), service_errc::not_found, 0},
           {no_such_provider("x"), service_errc::not_found, 0},
           {conflict("x"), service_errc::conflict, 0},
           {overloaded("x"), service_errc::overloaded, 1},
           {unavailable("x"), service_errc::unavailable, 2},
           {starting(), service_errc::unavailable, 2},
           {database_away(), service_errc::unavailable, 2},
           {stopping("nothing was sent"), service_errc::draining, 5},
           {timed_out("x"), service_errc::timeout, 0},
           {no_answer(), service_errc::timeout, 2},
           {internal("x"), service_errc::internal, 0}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.error.detail) {
      BOOST_CHECK(row.error.code == row.code);
      BOOST_TEST(row.error.retry_after.count() == row.retry_after);
      BOOST_TEST(!row.error.detail.empty());
      BOOST_TEST(row.error.problems.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(one_mistake_is_the_detail_and_more_are_counted) {
  const field_problem first{"/a", "bad", "a is bad"}, second{"/b", "bad", "b is bad"};
  const auto one = invalid(std::vector{first});
  BOOST_TEST(one.detail == "a is bad");
  BOOST_TEST(one.problems.size() == 1U);
  const auto two = invalid(std::vector{first, second});
  BOOST_TEST(two.detail == "2 mistakes");
  BOOST_TEST(two.problems.at(1).pointer == "/b");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_ledger_says_whether_something_was_changed) {
  const change_words words{"whether the provider was switched", "nothing was changed"};
  const struct {
    ledger_errc code;
    service_errc expected;
    std::string_view detail;
  } rows[]{{ledger_errc::unavailable, service_errc::unavailable,
            "the database cannot be used now; nothing was changed"},
           {ledger_errc::locked, service_errc::unavailable,
            "another program or session holds a lock on the database; nothing was changed"},
           {ledger_errc::full, service_errc::unavailable,
            "the database has no room left; nothing was changed"},
           {ledger_errc::no_writes, service_errc::unavailable,
            "the database takes no changes; nothing was changed"},
           {ledger_errc::unknown_result, service_errc::timeout,
            "whether the provider was switched is not known: lost"}};
  for (const auto& row : rows) {
    const auto error = to_service_error({row.code, "lost"}, words);
    BOOST_CHECK(error.code == row.expected);
    BOOST_TEST(error.detail == row.detail);
  }
  // A question changes nothing.
  BOOST_TEST(to_service_error({ledger_errc::unknown_result, "lost"}).detail ==
             "the database cannot be used now");
}

BOOST_AUTO_TEST_CASE(a_missing_answer_says_what_is_not_known_then) {
  BOOST_TEST(no_answer().detail == "the server did not answer in time");
  BOOST_TEST(no_answer("whether it was settled is not known").detail ==
             "the server did not answer in time: whether it was settled is not known");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
