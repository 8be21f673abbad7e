#include "tools/bench/answer_reader.hpp"
#include "tools/bench/mail_exchange.hpp"
#include "tools/bench/process_watch.hpp"
#include "tools/bench/request_text.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>

namespace postrider::bench {
namespace {

namespace json = boost::json;
using state = conversation::state;

state feed(conversation& reader, std::string_view text) {
  std::memcpy(reader.room(), text.data(), text.size());
  return reader.add(text.size());
}

BOOST_AUTO_TEST_SUITE(bench_parts_test)

BOOST_AUTO_TEST_CASE(an_answer_may_come_in_any_pieces) {
  const std::string text =
      "HTTP/1.1 202 Accepted\r\ncontent-length: 20\r\nX-Request-Id: 1\r\n\r\n{\"message_id\": "
      "\"m1\"}";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    answer_reader reader;
    BOOST_REQUIRE((feed(reader, text.substr(0, cut)) == state::needs_more));
    BOOST_REQUIRE((feed(reader, text.substr(cut)) == state::complete));
    BOOST_TEST(reader.result().status == 202U);
    BOOST_TEST(message_id_in(reader.result().body) == "m1");
    reader.next();
    BOOST_TEST(reader.is_empty());
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_says_when_to_come_again_and_whether_the_connection_stays) {
  answer_reader reader;
  BOOST_TEST((feed(reader,
                   "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: "
                   "0\r\n\r\n") == state::complete));
  BOOST_TEST(reader.result().retry_after_s == 7);
  BOOST_TEST(reader.result().closes);
  BOOST_TEST(message_id_in(reader.result().body) == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_an_answer_with_a_length_is_unusable) {
  for (const char* text : {"SMTP 220 hello there\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
                           "HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"}) {
    answer_reader reader;
    BOOST_TEST((feed(reader, text) == state::unusable), text);
  }
}

BOOST_AUTO_TEST_CASE(a_request_is_what_the_server_expects) {
  options o;
  o.url = parse_url("http://127.0.0.1:8080");
  o.users = 3;
  o.text_bytes = 40;
  o.key = "pr_1";
  request_text writer(o);
  std::string text;
  writer.write_request({4, 12345}, text);
  const std::size_t head = text.find("\r\n\r\n") + 4;
  BOOST_TEST(
      text.substr(0, head) ==
      "POST /send/message HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer pr_1\r\nContent-Length: " +
          std::to_string(text.size() - head) + "\r\n\r\n");
  const json::value body = json::parse(std::string_view(text).substr(head));
  BOOST_TEST(body.at("user_id").as_int64() == 2);
  BOOST_TEST(body.at("recipients").as_array().at(0).as_string() == "+15550000004");
  BOOST_TEST(body.at("message").as_string() == "bench:4:12345 xxxxxxxxxxxxxxxxxxxxxxxxxx");
}

/// A mail's conversation behind its greeting.
struct mail_talk {
  mail_talk() {
    BOOST_TEST(!talk.begin());
    BOOST_TEST((feed(talk, "220 mail.example ESMTP\r\n") == state::speaks));
    BOOST_TEST(talk.words() == "EHLO bench.example\r\n");
    BOOST_TEST((feed(talk, "250-mail.example\r\n250-PIPELINING\r\n") == state::needs_more));
    BOOST_TEST((feed(talk, "250 HELP\r\n") == state::ready));
    talk.request() = group + text;
  }

  const std::string group = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
  const std::string text = "Subject: s\r\n\r\nx\r\n.\r\n";
  mail_exchange talk;
};

BOOST_FIXTURE_TEST_CASE(a_mail_is_a_group_of_commands_and_then_its_text, mail_talk) {
  for (int mail = 0; mail < 2; ++mail) {
    BOOST_TEST(talk.words() == group);
    const std::string replies = "250 2.1.0 go on\r\n250 2.1.5 go on\r\n354 send it\r\n";
    const std::size_t cut = 20;
    BOOST_TEST((feed(talk, replies.substr(0, cut)) == state::needs_more));
    BOOST_TEST((feed(talk, replies.substr(cut)) == state::speaks));
    BOOST_TEST(talk.words() == text);
    BOOST_TEST((feed(talk, "250 2.0.0 stored\r\n") == state::complete));
    BOOST_TEST(talk.result().status == 250U);
    talk.next();
  }
}

BOOST_FIXTURE_TEST_CASE(the_first_refusal_of_a_mail_is_its_answer, mail_talk) {
  talk.words();
  BOOST_TEST((feed(talk, "250 go on\r\n550 no\r\n554 nobody\r\n") == state::complete));
  BOOST_TEST(talk.result().status == 550U);
  talk.next();
  talk.words();
  BOOST_TEST((feed(talk, "421 busy\r\n") == state::complete));
  BOOST_TEST(talk.result().status == 421U);
  BOOST_TEST(talk.result().closes);
  talk.next();
  talk.words();
  BOOST_TEST((feed(talk, "HTTP/1.1 400 Bad\r\n") == state::unusable));
}

BOOST_AUTO_TEST_CASE(a_mail_names_itself_and_carries_the_message) {
  options o;
  o.target = load_target::mail;
  o.url = parse_url("smtp://127.0.0.1:2525", "smtp");
  o.mail_to = "alerts@host";
  std::string text;
  request_text(o).write_request({4, 12345}, text);
  BOOST_TEST(group_of(text) ==
             "MAIL FROM:<bench@bench.example>\r\nRCPT TO:<alerts@host>\r\nDATA\r\n");
  BOOST_TEST(text.ends_with("Message-ID: <4.12345@bench.example>\r\n\r\nbench:4:12345\r\n.\r\n"));
  BOOST_CHECK_THROW(parse_url("http://127.0.0.1:2525", "smtp"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(only_loopback_urls_with_a_port_are_taken) {
  BOOST_TEST(parse_url("http://localhost:81/base/").path == "/base");
  BOOST_TEST(parse_url("http://[::1]:81").endpoint.port() == 81);
  for (const char* text : {"http://192.0.2.1:80", "http://127.0.0.1", "https://127.0.0.1:80",
                           "http://example.org:80", "nonsense"})
    BOOST_CHECK_THROW(parse_url(text), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(reads_cpu_and_memory_from_proc_whatever_the_program_is_called) {
  const auto seen =
      parse_stat("42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 17 18 19 20 100 22");
  BOOST_REQUIRE(seen.has_value());
  BOOST_TEST(seen->cpu_s == 3.0);
  BOOST_TEST(seen->rss_kib == 400U);
  BOOST_TEST(!parse_stat(""));
  BOOST_TEST(!parse_stat("42 (x) S 1 2"));
  BOOST_TEST(sample_process(1).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::bench
