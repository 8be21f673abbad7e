#include "tools/postrider/sendmail/spool_sender.hpp"

#include "tests/tools/postrider/sendmail/mail_peer.hpp"
#include "tests/tools/postrider/sendmail/spool_world.hpp"

#include <deque>
#include <stdexcept>

namespace postrider::cli::tests {
namespace {

constexpr std::size_t all = 1'000;
constexpr auto hello = "220 here\r\n250 hello\r\n";
constexpr auto taken = "250 m\r\n250 r\r\n354 d\r\n250 ok\r\n";

/// A spool, and servers that are connected to one after the other.
struct sender_world : spool_world {
  std::deque<std::unique_ptr<mail_peer>> servers;
  std::size_t connections = 0;
  /// So many mails meet an exception.
  int faults = 0;
  std::string heard;

  void server(const std::string& replies) {
    servers.push_back(std::make_unique<mail_peer>(hello + replies));
    servers.back()->fall_silent();
  }

  spool_sender sender() {
    return spool_sender(
        [this]() -> outcome<smtp_session> {
          if (faults > 0 && faults-- > 0) throw std::runtime_error("a fault");
          if (connections == servers.size()) return failure::because("nobody is there");
          return smtp_session::begin(servers[connections++]->connection(), short_limits);
        },
        [] { return at(1); });
  }

  /// The subjects that the servers have heard, in order.
  std::string subjects() const {
    std::string found;
    for (const auto& one : servers) {
      const auto text = one->heard();
      for (auto at = text.find("\r\nS: "); at != text.npos; at = text.find("\r\nS: ", at + 1))
        found += (found.empty() ? "" : " ") + text.substr(at + 5, text.find('\r', at + 5) - at - 5);
    }
    return found;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(spool_senders)

BOOST_AUTO_TEST_CASE(all_go_in_their_order_over_one_connection) {
  sender_world world;
  auto spool = world.spool();
  for (const auto* text : {"one", "two", "three"})
    spool.add(mail_of(text), at(1));
  world.server(std::string(taken) + taken + taken);
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.sent == 3U);
  BOOST_TEST(report.why == "");
  BOOST_TEST(world.subjects() == "one two three");
  BOOST_TEST(spool.waiting().empty());
  BOOST_TEST(world.connections == 1U);
}

BOOST_AUTO_TEST_CASE(no_mail_overtakes_one_that_must_wait) {
  sender_world world;
  auto spool = world.spool();
  for (const auto* text : {"one", "two", "three"})
    spool.add(mail_of(text), at(1));
  world.server(std::string(taken) + "451 db\r\n250 reset\r\n" + taken);
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.sent == 1U);
  BOOST_TEST(report.why == "451 db");
  BOOST_TEST(names(spool.waiting()) == "2 3");
  BOOST_TEST(spool.last_failure()->reason == "451 db");
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_the_server_closed_is_opened_again) {
  sender_world world;
  auto spool = world.spool();
  for (const auto* text : {"one", "two"})
    spool.add(mail_of(text), at(1));
  world.server(std::string(taken) + "421 enough\r\n");
  world.server(taken);
  BOOST_TEST(world.sender().send(spool, all).sent == 2U);
  BOOST_TEST(world.subjects() == "one two");
  // A new one is not opened twice for the same mail.
  spool.add(mail_of("three"), at(1));
  world.server("421 enough\r\n");
  world.server(taken);
  BOOST_TEST(world.sender().send(spool, all).why == "421 enough");
  BOOST_TEST(world.connections == 3U);
}

BOOST_AUTO_TEST_CASE(a_connection_lost_before_the_answer_keeps_the_mail) {
  sender_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  world.server("250 m\r\n250 r\r\n354 d\r\n");
  BOOST_TEST(world.sender().send(spool, all).why == "the server closed the connection");
  BOOST_TEST(names(spool.waiting()) == "1");
}

BOOST_AUTO_TEST_CASE(a_refused_mail_is_kept_apart_and_the_next_one_goes) {
  sender_world world;
  auto spool = world.spool();
  for (const auto* text : {"one", "two"})
    spool.add(mail_of(text), at(1));
  world.server(std::string("250 m\r\n250 r\r\n354 d\r\n554 no\r\n") + taken);
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.sent == 1U);
  BOOST_TEST_REQUIRE(report.refused.size() == 1U);
  BOOST_TEST(report.refused[0].sentence == "the server refused mail 1 to b@x: 554 no");
  BOOST_TEST(names(spool.refused()) == "1");
  BOOST_TEST(spool.read(1)->reason == "554 no");
  BOOST_TEST(spool.waiting().empty());
}

BOOST_AUTO_TEST_CASE(each_recipient_has_its_own_end) {
  sender_world world;
  auto spool = world.spool();
  spool.add(mail_of("one", {"a@x", "b@x", "c@x"}), at(1));
  world.server("250 m\r\n250 a\r\n450 b\r\n550 c\r\n354 d\r\n250 ok\r\n");
  BOOST_TEST(world.sender().send(spool, all).why == "450 b");
  BOOST_TEST((spool.read(1)->mail == mail_of("one", {"b@x"})));
  spool.remove(1);
  BOOST_TEST((spool.read(1)->mail == mail_of("one", {"c@x"})));
}

BOOST_AUTO_TEST_CASE(a_broken_file_is_set_aside) {
  sender_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  spool.add(mail_of("two"), at(1));
  world.write("spool/1", "no mail");
  world.server(taken);
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.sent == 1U);
  BOOST_TEST(report.refused.at(0).sentence == "the file is no mail of a spool");
  BOOST_TEST(names(spool.refused()) == "1");
  BOOST_TEST(world.subjects() == "two");
}

BOOST_AUTO_TEST_CASE(a_mail_whose_handling_throws_does_not_hold_up_the_others) {
  sender_world world;
  auto spool = world.spool();
  for (const auto* text : {"one", "two", "three", "four"})
    spool.add(mail_of(text), at(1));
  world.faults = 2;
  world.server(std::string(taken) + taken);
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.sent == 2U);
  BOOST_TEST(report.why == "");
  BOOST_TEST_REQUIRE(report.refused.size() == 2U);
  BOOST_TEST(report.refused[0].sentence == "mail 1 cannot be handled: a fault");
  BOOST_TEST(names(spool.refused()) == "1 2");
  BOOST_TEST((spool.read(1)->mail == mail_of("one")));
  BOOST_TEST(world.subjects() == "three four");
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_machine_leaves_all_mails_where_they_are) {
  sender_world world;
  auto spool = world.spool();
  for (int i = 0; i < 12; ++i)
    spool.add(mail_of("x"), at(1));
  world.faults = 11;
  world.server(taken);
  BOOST_TEST(world.sender().send(spool, all).why == "mail 10 cannot be handled: a fault");
  BOOST_TEST(spool.waiting().size() == 12U);
  BOOST_TEST(spool.refused().empty());
  BOOST_TEST(world.connections == 0U);
  // Mails behind which none goes block none.
  for (mail_spool::id name = 2; name <= 12; ++name)
    spool.remove(name);
  BOOST_TEST(world.sender().send(spool, all).why == "mail 1 cannot be handled: a fault");
  BOOST_TEST(names(spool.waiting()) == "1");
}

BOOST_AUTO_TEST_CASE(a_spool_that_cannot_be_locked_says_why) {
  sender_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  std::filesystem::create_directory(spool.folder() + "/.sending");
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.why ==
             "the file " + spool.folder() + "/.sending cannot be locked: Is a directory");
  BOOST_TEST(!report.busy);
  BOOST_TEST(world.connections == 0U);
}

BOOST_AUTO_TEST_CASE(two_senders_do_not_send_at_once) {
  sender_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  const auto other = *spool.begin_sending();
  const auto report = world.sender().send(spool, all);
  BOOST_TEST(report.busy);
  BOOST_TEST(world.connections == 0U);
  BOOST_TEST(names(spool.waiting()) == "1");
}

BOOST_AUTO_TEST_CASE(a_bound_leaves_the_rest) {
  sender_world world;
  auto spool = world.spool();
  for (const auto* text : {"one", "two"})
    spool.add(mail_of(text), at(1));
  world.server(taken);
  BOOST_TEST(world.sender().send(spool, 1).why == "the rest is sent later");
  BOOST_TEST(names(spool.waiting()) == "2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
