#include "tools/postrider/sendmail/spool_metrics.hpp"

#include "tests/tools/postrider/sendmail/spool_world.hpp"

namespace postrider::cli::tests {

BOOST_AUTO_TEST_SUITE(spool_metrics_)

BOOST_AUTO_TEST_CASE(the_numbers_are_those_of_the_folder) {
  const spool_world world;
  auto spool = world.spool();
  BOOST_TEST((numbers_of(spool) == spool_numbers{}));
  spool.add(mail_of("one"), at(1'763'869'200'000'001));
  spool.add(mail_of("two"), at(1'763'869'300'000'000));
  spool.add_refused(mail_of("no"), "550", at(1));
  const auto found = numbers_of(spool);
  BOOST_TEST(found.mails == 2U);
  BOOST_TEST(found.refused == 1U);
  BOOST_TEST(found.oldest == 1'763'869'200U);
  BOOST_TEST(found.bytes == 2 * spool_file_text({mail_of("one"), ""}).size());
  BOOST_TEST((*numbers_in(to_line(found)) == found));
  BOOST_TEST(!numbers_in("1 2 3"));
  auto sum = found;
  sum += spool_numbers{1, 10, 0, 5};
  BOOST_TEST((sum == spool_numbers{3, found.bytes + 10, 1, 5}));
}

BOOST_AUTO_TEST_CASE(the_text_is_that_of_prometheus) {
  BOOST_TEST(spool_metrics({{"ann", {2, 300, 1, 7}}, {"a\"b", {}}}) ==
             "# HELP postrider_spool_mails Mails that wait on this machine for the server.\n"
             "# TYPE postrider_spool_mails gauge\n"
             "postrider_spool_mails{user=\"ann\"} 2\n"
             "postrider_spool_mails{user=\"a\\\"b\"} 0\n"
             "# HELP postrider_spool_bytes Bytes of the mails that wait.\n"
             "# TYPE postrider_spool_bytes gauge\n"
             "postrider_spool_bytes{user=\"ann\"} 300\n"
             "postrider_spool_bytes{user=\"a\\\"b\"} 0\n"
             "# HELP postrider_spool_refused_mails Mails that the server refused, and that are "
             "kept.\n"
             "# TYPE postrider_spool_refused_mails gauge\n"
             "postrider_spool_refused_mails{user=\"ann\"} 1\n"
             "postrider_spool_refused_mails{user=\"a\\\"b\"} 0\n"
             "# HELP postrider_spool_oldest_timestamp_seconds The time when the oldest mail that "
             "waits came; none without such a mail.\n"
             "# TYPE postrider_spool_oldest_timestamp_seconds gauge\n"
             "postrider_spool_oldest_timestamp_seconds{user=\"ann\"} 7\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
