// provider-sim on sockets, beside answering requests: event streams, callbacks, SMTP.

#include "tests/tools/child_process.hpp"
#include "tests/tools/line_client.hpp"
#include "tests/tools/raw_client.hpp"
#include "tests/tools/scripted_receiver.hpp"
#include "tests/tools/tls_client.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <unistd.h>

namespace postrider::tests {
namespace {

namespace json = boost::json;
using ending = raw_client::ending;

// provider-sim with an SMTP port called mail.
struct simulator {
  std::string port_file =
      "/tmp/postrider-sim-" + std::to_string(::getpid()) + "-" + std::to_string(count_++);
  child_process process;
  std::map<std::string, unsigned short> ports;

  explicit simulator(std::vector<std::string> arguments = {})
      : process(command(std::move(arguments))) {
    process.read_line();
    std::ifstream file(port_file);
    unsigned short port = 0;
    file >> ports[""];
    for (std::string name; file >> name >> port;)
      ports[name] = port;
    std::remove(port_file.c_str());
  }

  unsigned short port() const { return ports.at(""); }
  unsigned short mail() const { return ports.at("mail"); }

  void behave(const std::string& text, const std::string& name) const {
    BOOST_REQUIRE_EQUAL(ask(port(), "PUT", "/control/" + name + "/behaviour", text).status, 200U);
  }
  json::object tally(const std::string& name) const {
    return json::parse(ask(port(), "GET", "/control/" + name + "/tally").body).as_object();
  }
  std::int64_t accepted(const std::string& name) const {
    return tally(name).at("accepted").as_int64();
  }
  // Asks until the tally is as wanted, for ten seconds at most.
  bool tally_becomes(const std::string& name,
                     const std::function<bool(const json::object&)>& wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline)
      if (wanted(tally(name))) return true;
    return false;
  }

 private:
  std::vector<std::string> command(std::vector<std::string> arguments) const {
    std::vector<std::string> all = {PROVIDER_SIM, "--port-file", port_file, "--smtp",
                                    "mail=127.0.0.1:0"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  static inline int count_ = 0;
};

std::string send_call(const std::string& account) {
  return R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":")" + account +
         R"(","recipient":["+14155552671"],"message":"x"}})";
}

BOOST_AUTO_TEST_SUITE(provider_sim_sockets)

BOOST_AUTO_TEST_CASE(receipts_come_over_the_event_stream_of_their_account) {
  const simulator sim({"--account", "+1", "--account", "+2", "--event-keep-alive", "0.05"});
  sim.behave(R"({"receipts":{"kind":"delivered","delay_ms":5}})", "default");
  BOOST_TEST(ask(sim.port(), "GET", "/api/v1/events?account=%2B3").status == 400U);
  line_client one(sim.port());
  one.send("GET /api/v1/events?account=%2B1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(one.read_line() == "HTTP/1.1 200 OK");
  BOOST_TEST(one.read_line() == "Content-Type: text/event-stream");
  BOOST_TEST(one.read_line() == "Transfer-Encoding: chunked");
  BOOST_TEST(one.read_line() == "");
  for (const char* account : {"+2", "+1"})
    BOOST_TEST(ask(sim.port(), "POST", "/api/v1/rpc", send_call(account)).status == 200U);
  std::string line = one.read_line();
  while (line == "2" || line == ":" || line == "")
    line = one.read_line();
  BOOST_TEST(one.read_line() == "event:receive");
  const std::string data = one.read_line();
  BOOST_REQUIRE(data.starts_with("data:{\"account\":\"+1\","));
  BOOST_TEST(std::stoul(line, nullptr, 16) ==
             std::string("event:receive\n\n\n").size() + data.size());
  BOOST_TEST(one.read_line() == "");
  BOOST_TEST(one.read_line() == "");
  // Nothing more happens but that the stream is kept alive.
  BOOST_TEST(one.read_line() == "2");
  BOOST_TEST(one.read_line() == ":");
  BOOST_TEST(sim.tally("default").at("listeners").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(an_event_stream_ends_when_the_provider_goes_down) {
  const simulator sim({"--provider", "alpha=127.0.0.1:0"});
  for (const unsigned short port : {sim.port(), sim.ports.at("alpha")}) {
    line_client stream(port);
    stream.send("GET /p/alpha/api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(stream.read_line() == "HTTP/1.1 200 OK");
    sim.behave(R"({"down":true})", "alpha");
    while (stream.how() == line_client::ending::none)
      stream.read_line();
    BOOST_TEST(stream.is_over());
    sim.behave(R"({})", "alpha");
  }
}

std::string twilio_request(const std::string& callback) {
  const std::string body =
      "To=%2B14155552671&From=%2B14155550100&Body=x&StatusCallback=" + callback;
  return "POST /p/sms/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json "
         "HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         // AC0123456789abcdef0123456789abcdef:secret
         "Authorization: Basic "
         "QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzZWNyZXQ=\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

BOOST_AUTO_TEST_CASE(status_callbacks_are_called_in_order_and_not_again) {
  const simulator sim;
  scripted_receiver receiver({500, 204});
  sim.behave(R"({"receipts":{"kind":"delivered"}})", "sms");
  raw_client client(sim.port());
  client.send(twilio_request(receiver.url() + "/cb?d=1"));
  BOOST_TEST(client.read().status == 201U);
  const auto sent = receiver.next(), delivered = receiver.next();
  BOOST_TEST(sent.starts_with("POST /cb?d=1 HTTP/1.1\r\n"));
  BOOST_TEST(sent.find("\r\nX-Twilio-Signature: ") != sent.npos);
  BOOST_TEST(sent.find("&MessageStatus=sent&") != sent.npos);
  BOOST_TEST(delivered.find("&MessageStatus=delivered&") != delivered.npos);
  BOOST_TEST(sim.tally_becomes("sms", [](const json::object& t) {
    return t.contains("reports") && t.at("reports").at("done") == 1 &&
           t.at("reports").at("failed") == 1;
  }));
}

BOOST_AUTO_TEST_CASE(status_callbacks_may_come_before_the_answer) {
  const simulator sim;
  scripted_receiver receiver({204, 204});
  sim.behave(R"({"receipts":{"kind":"delivered","order":"before_answer"}})", "sms");
  raw_client client(sim.port());
  client.send(twilio_request(receiver.url()));
  // The answer waits as long as the callback does.
  receiver.accept();
  BOOST_TEST((client.read(50).how == ending::silent));
  receiver.answer_accepted();
  receiver.next();
  BOOST_TEST(client.read().status == 201U);
}

BOOST_AUTO_TEST_CASE(callbacks_that_lead_off_this_machine_are_not_made) {
  const simulator sim;
  sim.behave(R"({"receipts":{"kind":"delivered"}})", "sms");
  for (const char* url : {"http://192.0.2.1/", "https://127.0.0.1/"}) {
    raw_client client(sim.port());
    client.send(twilio_request(url));
    BOOST_TEST(client.read().status == 201U);
  }
  BOOST_TEST(sim.tally_becomes("sms", [](const json::object& t) {
    return t.contains("reports") && t.at("reports").at("refused") == 4;
  }));
}

BOOST_AUTO_TEST_CASE(delivery_reports_are_fetched_until_they_are_taken) {
  const simulator sim;
  scripted_receiver receiver({500, 204, 202, 200});
  sim.behave(R"({"receipts":{"kind":"delivered","order":"reversed","retry_ms":1}})", "gw");
  const std::string url = "http%3A%2F%2F127.0.0.1%3A" + std::to_string(receiver.port()) +
                          "%2Fdlr%3Ftype%3D%25d%26from%3D%25p";
  BOOST_TEST(ask(sim.port(), "GET",
                 "/p/gw/cgi-bin/sendsms?username=a&password=b&from=me&to=%2B14155552671&text=x&"
                 "dlr-mask=31&dlr-url=" +
                     url)
                 .status == 202U);
  for (const char* type : {"1", "1", "1", "8"})
    BOOST_TEST(receiver.next().starts_with("GET /dlr?type=" + std::string(type) +
                                           "&from=%2B14155552671 HTTP/1.1\r\n"));
  BOOST_TEST(sim.tally_becomes("gw", [](const json::object& t) {
    return t.at("reports").at("done") == 2 && t.at("reports").at("failed") == 2;
  }));
}

// Greets, and sends what is given up to DATA; the last answer is returned.
std::string open_mail(line_client& client, const std::string& to = "a@example.org") {
  std::string last = client.read_line();
  for (const std::string& line : {std::string("HELO me"), std::string("MAIL FROM:<s@example.org>"),
                                  "RCPT TO:<" + to + ">", std::string("DATA")}) {
    client.send(line + "\r\n");
    last = client.read_line();
  }
  return last;
}

BOOST_AUTO_TEST_CASE(a_mail_goes_over_smtp_and_the_session_goes_on) {
  const simulator sim({"--keep-texts"});
  line_client client(sim.mail());
  BOOST_TEST(open_mail(client).starts_with("354 "));
  // In two pieces, with the dot cut off, and a line that begins with a dot.
  client.send("Subject: s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n..hell=C3=B6\r\n.");
  client.send("\r\n");
  BOOST_TEST(client.read_line() == "250 2.0.0 Ok: queued as 1");
  client.send("MAIL FROM:<s@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n");
  for (const char* code : {"250 ", "250 ", "354 "})
    BOOST_TEST(client.read_line().starts_with(code));
  client.send(".\r\n");
  BOOST_TEST(client.read_line().starts_with("250 "));
  client.send("QUIT\r\n");
  BOOST_TEST(client.read_line().starts_with("221 "));
  BOOST_TEST(client.read_line() == "");
  BOOST_TEST(client.is_over());
  BOOST_TEST(ask(sim.port(), "GET", "/control/mail/accepted").body ==
             R"({"total":2,"offset":0,"accepted":[{"recipient":"a@example.org","body":".hellö",)"
             R"("count":1},{"recipient":"b@example.org","body":"","count":1}]})"
             "\n");
}

BOOST_AUTO_TEST_CASE(does_with_an_smtp_connection_what_the_outcome_says) {
  struct row {
    const char *outcome, *after_data, *after_dot;
    line_client::ending how;
    int accepted;
  };
  using end = line_client::ending;
  const row table[] = {
      {"accept_then_drop", "354 ", "", end::reset, 1},
      {"accept_then_cut", "354 ", "25", end::closed, 1},
      {"accept_never_answer", "354 ", "", end::silent, 1},
      {"never_answer", "354 ", "", end::silent, 0},
      {"drop", "", "", end::reset, 0},
      {"drop_in_body", "354 ", "", end::reset, 0},
  };
  const simulator sim;
  for (const row& r : table) {
    sim.behave(R"({"outcomes":{")" + std::string(r.outcome) + R"(":1}})", "mail");
    ask(sim.port(), "POST", "/control/mail/reset");
    line_client client(sim.mail());
    BOOST_TEST(open_mail(client).starts_with(r.after_data), r.outcome);
    if (client.how() == end::none) {
      client.send("Subject: s\r\n\r\nx\r\n.\r\n");
      BOOST_TEST(client.read_line(r.how == end::silent ? 50 : 10'000) == r.after_dot, r.outcome);
    }
    BOOST_TEST((client.how() == r.how), r.outcome);
    BOOST_TEST(sim.accepted("mail") == r.accepted, r.outcome);
  }
}

BOOST_AUTO_TEST_CASE(smtp_goes_on_over_tls_after_starttls) {
  const test_certificate own;
  const simulator sim({"--tls-cert", own.certificate_file(), "--tls-key", own.key_file(),
                       "--smtp-login", "user:secret"});
  tls_client client(sim.mail());
  BOOST_TEST(client.read_line().starts_with("220 "));
  client.send("EHLO me\r\n");
  BOOST_TEST(client.read_reply().find("250-STARTTLS\r\n") != std::string::npos);
  // Bytes that are sent along with STARTTLS must not be taken as said within TLS.
  client.send("STARTTLS\r\nNOOP\r\n");
  BOOST_TEST(client.read_line().starts_with("220 "));
  client.start_tls(own.certificate_file());
  client.send("EHLO me\r\n");
  BOOST_TEST(client.read_reply().find("STARTTLS") == std::string::npos);
  client.send("MAIL FROM:<s@example.org>\r\n");
  BOOST_TEST(client.read_line().starts_with("530 "));
  // \0user\0secret
  client.send("AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
  BOOST_TEST(client.read_line().starts_with("235 "));
  for (const auto& [line, code] :
       {std::pair("MAIL FROM:<s@example.org>\r\n", "250 "), std::pair("RCPT TO:<a@b>\r\n", "250 "),
        std::pair("DATA\r\n", "354 "), std::pair("\r\nhello\r\n.\r\n", "250 ")}) {
    client.send(line);
    BOOST_TEST(client.read_line().starts_with(code), line);
  }
  BOOST_TEST(sim.accepted("mail") == 1);
}

BOOST_AUTO_TEST_CASE(an_smtp_port_refuses_connections_while_it_is_down) {
  const simulator sim;
  line_client idle(sim.mail());
  BOOST_TEST(idle.read_line().starts_with("220 "));
  sim.behave(R"({"down":true})", "mail");
  BOOST_TEST(!raw_client(sim.mail()).is_connected());
  BOOST_TEST(idle.read_line() == "");
  BOOST_TEST(idle.is_over());
  sim.behave(R"({"down":false})", "mail");
  BOOST_TEST(line_client(sim.mail()).read_line().starts_with("220 "));
}

BOOST_AUTO_TEST_CASE(an_answer_over_smtp_takes_its_latency) {
  const simulator sim;
  sim.behave(R"({"latency_ms":30})", "mail");
  line_client client(sim.mail());
  BOOST_TEST(open_mail(client).starts_with("354 "));
  const auto begin = std::chrono::steady_clock::now();
  client.send("\r\nx\r\n.\r\n");
  BOOST_TEST(client.read_line().starts_with("250 "));
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(30)));
}

BOOST_AUTO_TEST_CASE(webhook_headers_reach_the_check) {
  const simulator sim({"--webhook-secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  raw_client client(sim.port());
  client.send(
      "POST /p/hook/hook/a HTTP/1.1\r\nHost: x\r\nWebhook-Id: m\r\nwebhook-timestamp: 1\r\n"
      "WEBHOOK-SIGNATURE: v1,x\r\nContent-Length: 2\r\n\r\n{}");
  const auto got = client.read();
  BOOST_TEST(got.status == 401U);
  BOOST_TEST(got.body == "Message timestamp too old");
  BOOST_TEST(sim.tally("hook").at("bad_signatures").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(headers_of_an_answer_are_written) {
  const simulator sim;
  sim.behave(R"({"outcomes":{"rate_limit":1},"retry_after_s":7})", "default");
  const auto got = ask(sim.port(), "POST", "/hook/a", "{}");
  BOOST_TEST(got.status == 429U);
  BOOST_TEST(got.head.ends_with("\r\nRetry-After: 7\r\nContent-Length: 0"));
  const auto health = ask(sim.port(), "GET", "/v1/health");
  BOOST_TEST(health.status == 204U);
  BOOST_TEST(health.head.find("Content-Length") == health.head.npos);
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused) {
  const std::vector<std::string> table[] = {{"--webhook-secret", "secret"},
                                            {"--tls-cert", "/dev/null"},
                                            {"--tls-cert", "/dev/null", "--tls-key", "/dev/null"},
                                            {"--smtp", "mail"},
                                            {"--smtp", "mail=192.0.2.1:0"}};
  for (const auto& arguments : table) {
    std::vector<std::string> command = {PROVIDER_SIM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    child_process sim(command);
    BOOST_TEST(sim.read_all() == "");
    BOOST_TEST(sim.wait() == 1, arguments.front() << ' ' << arguments.back());
  }
}

BOOST_AUTO_TEST_CASE(the_help_names_every_path) {
  child_process sim({PROVIDER_SIM, "--help"});
  const std::string text = sim.read_all();
  BOOST_TEST(sim.wait() == 0);
  for (const char* path :
       {"/api/v1/rpc", "/api/v1/check", "/api/v1/events", "/v2/send", "/v1/health", "/v1/search/",
        "Messages.json", "/cgi-bin/sendsms", "/hook/", "ntfy", "--smtp", "--tls-cert",
        "--twilio-token", "--webhook-secret", "/control/NAME/behaviour"})
    BOOST_TEST(text.find(path) != text.npos, path);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
