#include "smtp/mail_delivery.hpp"

#include "actors/api/service_errors.hpp"
#include "tests/smtp/dialogue_fixture.hpp"

using namespace postrider;

namespace {

const std::string content =
    "From: a@b.example\r\nSubject: Backup\r\nMessage-ID: <1@b.example>\r\n\r\nIt failed.\r\n";

/// A mail to the source `pair`, which has two recipients, and to a user.
struct delivery_fixture : test::dialogue_fixture {
  delivery_fixture() {
    std::vector<sources::source_settings> all(1);
    all[0].name = "pair";
    all[0].type = sources::source_type::mail;
    all[0].to = {"user:7", "user:8"};
    host.board.put(all);
  }

  smtp::mail_delivery made(const std::string& said = content,
                           std::vector<std::string> to = {"pair@x", "PAIR@y", "user+9@x"}) {
    smtp::received_mail mail;
    mail.sender = "a@b.example";
    mail.content = said;
    for (const auto& address : to) {
      const auto local = address.substr(0, address.find('@'));
      const smtp::recipient_rules rules{{}, {}, nullptr, of_users};
      auto source = smtp::find_recipient(*host.board.get(), rules, {local, "x"});
      BOOST_REQUIRE(source.has_value());
      mail.to.push_back({address, std::move(*source)});
    }
    return {std::move(mail), "id", actors::time_point(std::chrono::seconds(1'796'000'000))};
  }
  static actors::result<actors::send_receipt> stored(bool before = false) {
    actors::send_receipt receipt;
    receipt.replayed = before;
    return receipt;
  }
  std::string last_result(const std::string& source = "pair") {
    const auto all = host.board.get()->named(source)->history->requests();
    if (all.empty()) return "none";
    return std::string(
        inbound::source_result_names[static_cast<std::size_t>(all.front().outcome.result)]);
  }
};

using ends = std::vector<inbound::sent_message>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mail_deliveries, delivery_fixture)

BOOST_AUTO_TEST_CASE(a_mail_is_a_message_for_each_recipient_of_each_source) {
  auto mail = made();
  BOOST_TEST(!mail.prepare().has_value());
  BOOST_TEST((mail.recipients() == sources::recipient_list{"user:7", "user:8", "user:9"}));
  const auto messages = mail.take_messages();
  BOOST_REQUIRE(messages.size() == 3u);
  BOOST_TEST(messages[2].user == 9);
  BOOST_TEST(messages[0].subject == "Backup");
  // A repeat is known for each recipient alone, for longer than servers repeat it: user+9 has no
  // setting of its own.
  for (const auto& one : messages) {
    BOOST_REQUIRE(one.once.has_value());
    BOOST_TEST((one.once->window == std::chrono::hours(7 * 24) || one.user != 9));
  }
  BOOST_TEST((messages[0].once->key != messages[1].once->key));
  auto again = made();
  again.prepare();
  BOOST_TEST((again.take_messages()[0].once->key == messages[0].once->key));
}

BOOST_AUTO_TEST_CASE(a_user_gets_a_mail_once_by_whatever_number) {
  auto mail = made(content, {"user+9@x", "user+009@x", "USER+09@x"});
  mail.prepare();
  BOOST_TEST((mail.recipients() == sources::recipient_list{"user:9"}));
}

BOOST_AUTO_TEST_CASE(a_mail_without_an_identity_is_new_each_time) {
  auto mail = made("Subject: x\r\n\r\nx\r\n");
  mail.prepare();
  BOOST_TEST(!mail.take_messages()[0].once.has_value());
}

BOOST_AUTO_TEST_CASE(one_reply_for_all) {
  using actors::service_errc;
  const auto failed = [](service_errc code) {
    return actors::result<actors::send_receipt>(actors::service_error{code, "why", {}, {}});
  };
  struct row {
    actors::result<ends> all;
    unsigned code;
    std::string enhanced, result;
    smtp::mail_end end;
  };
  const ends good{{"user:7", stored()}, {"user:8", stored()}, {"user:9", stored()}};
  ends before = good, some = good, one_less = good, none = good, invalid = good;
  for (auto& one : before)
    one.end = stored(true);
  some[0].end = some[1].end = stored(true);
  // A repeat would fail for this one again, and be new to the others after a day.
  one_less[1].end = failed(service_errc::no_route);
  for (auto& one : none)
    one.end = failed(service_errc::no_route);
  for (auto& one : invalid)
    one.end = failed(service_errc::invalid);
  ends mixed = invalid;
  mixed[2].end = failed(service_errc::no_route);
  const auto away = [](service_errc code) {
    return actors::result<ends>(actors::service_error{code, "why", {}, {}});
  };
  const row rows[]{
      {good, 250, "2.0.0", "stored", smtp::mail_end::stored},
      {before, 250, "2.0.0", "repeated", smtp::mail_end::repeated},
      {some, 250, "2.0.0", "repeated", smtp::mail_end::stored},
      {one_less, 250, "2.0.0", "stored", smtp::mail_end::stored},
      {none, 451, "4.3.5", "unavailable", smtp::mail_end::unavailable},
      {mixed, 451, "4.3.5", "unavailable", smtp::mail_end::unavailable},
      {invalid, 554, "5.6.0", "refused", smtp::mail_end::refused},
      {away(service_errc::overloaded), 451, "4.3.1", "unavailable", smtp::mail_end::unavailable},
      {away(service_errc::unavailable), 451, "4.3.0", "unavailable", smtp::mail_end::unavailable},
      {away(service_errc::draining), 451, "4.3.2", "unavailable", smtp::mail_end::unavailable},
      {away(service_errc::timeout), 451, "4.3.0", "unavailable", smtp::mail_end::unavailable},
      {away(service_errc::in_progress), 451, "4.3.0", "unavailable", smtp::mail_end::unavailable},
  };
  for (const auto& row : rows) {
    auto mail = made();
    BOOST_REQUIRE(!mail.prepare().has_value());
    const auto what = mail.finish(row.all);
    BOOST_TEST(what.code == row.code);
    BOOST_TEST(what.enhanced == row.enhanced);
    BOOST_TEST((mail.end() == row.end));
    BOOST_TEST(last_result() == row.result);
  }
  auto late = made();
  late.prepare();
  BOOST_TEST(late.too_late().code == 451u);
  BOOST_TEST(last_result() == "unavailable");
}

BOOST_AUTO_TEST_CASE(a_mail_says_who_cannot_get_it) {
  auto mail = made();
  mail.prepare();
  ends some{{"user:7", actors::service_error{actors::service_errc::no_route, "no way", {}, {}}},
            {"user:8", actors::service_error{actors::service_errc::no_route, "no way", {}, {}}},
            {"user:9", stored()}};
  const auto what = mail.finish(std::move(some));
  BOOST_TEST(what.code == 250u);
  BOOST_TEST(what.text.find("not for user:7: no way; user:8: no way") != what.text.npos);
  BOOST_TEST(last_result() == "refused");
  const auto seen = host.board.get()->named("pair")->history->requests().front();
  BOOST_TEST(seen.outcome.detail == "user:7: no way; user:8: no way");
  BOOST_TEST((of_users->requests().front().outcome.result == inbound::source_result::stored));
}

BOOST_AUTO_TEST_CASE(a_mail_that_cannot_be_a_message_is_refused_at_once) {
  std::string loop;
  for (int i = 0; i < 200; ++i)
    loop += "Received: from a by b; 1\r\n";
  auto round = made(loop + content);
  const auto refused = round.prepare();
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST(refused->code == 554u);
  BOOST_TEST(refused->enhanced == "5.4.6");
  BOOST_TEST(last_result() == "refused");
  BOOST_TEST((round.end() == smtp::mail_end::refused));
}

BOOST_AUTO_TEST_CASE(a_source_has_a_largest_mail_and_a_user_has_none) {
  sources::source_settings pair = host.board.get()->named("pair")->settings;
  pair.max_body = content.size() - 1;
  host.board.put({pair});
  const auto refused = made().prepare();
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST(refused->code == 552u);
  BOOST_TEST(refused->enhanced == "5.3.4");
  BOOST_TEST(refused->text.find("raise max_body of the source pair") != refused->text.npos);
  BOOST_TEST(last_result() == "refused");
  BOOST_TEST(!made(content, {"user+9@x"}).prepare().has_value());
  pair.max_body = content.size();
  host.board.put({pair});
  BOOST_TEST(!made().prepare().has_value());
  const std::string large = content + std::string(9 * 1024 * 1024, 'x');
  BOOST_TEST(!made(large, {"user+9@x"}).prepare().has_value());
}

BOOST_AUTO_TEST_CASE(a_history_shows_no_key) {
  auto mail = made("Subject: pr_0123456789012345678901234567890\r\n" + content);
  mail.prepare();
  mail.finish(ends{{"user:7", stored()}, {"user:8", stored()}, {"user:9", stored()}});
  const auto seen = host.board.get()->named("pair")->history->requests().front();
  BOOST_TEST(seen.body.find("pr_***") != seen.body.npos);
  BOOST_TEST(seen.method == "MAIL");
  BOOST_TEST(seen.target == "pair@x");
  BOOST_TEST(of_users->requests().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
