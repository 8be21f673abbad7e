#include "tools/provider-sim/kannel.hpp"

#include "tests/tools/protocol_world.hpp"

/// Witness: as in tests/actors/providers/sms/sms_kannel_test.cpp.
namespace postrider::provider_sim {
namespace {

const std::string login = "username=tester&password=foobar";
const std::string good = login + "&to=%2B14155552671&from=Sim&text=hell%C3%B6";

struct world : protocol_world<kannel> {
  explicit world(const std::string& user = "") : protocol_world<kannel>(user) {}

  const reply& get(std::string_view query = good) {
    return ask({.method = "GET", .path = "/cgi-bin/sendsms", .query = query});
  }
};

BOOST_AUTO_TEST_SUITE(kannel_test)

BOOST_AUTO_TEST_CASE(an_accepted_text_is_counted_decoded) {
  world w;
  BOOST_TEST(w.get().status == 202U);
  BOOST_TEST(w.out.body == "0: Accepted for delivery");
  BOOST_TEST(w.out.content_type == "text/html");
  BOOST_TEST(w.at.counts.accepted_of("+14155552671", "hellö") == 1U);
}

BOOST_AUTO_TEST_CASE(bad_requests_have_the_replies_of_smsbox) {
  struct row {
    std::string query;
    unsigned status;
    const char* text;
  };
  const std::string to = "&to=1&from=a&text=x";
  const row table[] = {
      {"to=1&from=a&text=x", 403, "Authorization failed for sendsms"},
      {"username=tester&password=wrong" + to, 403, "Authorization failed for sendsms"},
      {login + "&from=a&text=x", 400, "Missing receiver number, rejected"},
      {login + "&to=&from=a&text=x", 400, "Empty receiver number not allowed, rejected"},
      {login + "&to=a1&from=a&text=x", 400,
       "Number(s) has/have been denied by white- and/or black-lists."},
      {login + "&to=1&text=x", 400, "Sender missing and no global set, rejected"},
      {login + to + "&dlr-mask=64", 400, "DLR-Mask field misformed, rejected"},
      {login + to + "&dlr-url=ftp://x", 400, "DLR-URL field misformed, rejected"},
      {login + to + "&coding=3", 400, "Coding field misformed, rejected"},
      {login + to + "&mclass=4", 400, "MClass field misformed, rejected"},
      {login + "&to=1&from=a&text=%ff", 400, "Charset or body misformed, rejected"},
  };
  world w("tester:foobar");
  for (const row& r : table) {
    BOOST_TEST(w.get(r.query).status == r.status, r.query);
    BOOST_TEST(w.out.body == r.text);
  }
  BOOST_TEST(w.at.counts.refused() == std::size(table));
  BOOST_TEST(w.get().status == 202U);
  BOOST_TEST(w.ask({.method = "POST", .path = "/cgi-bin/sendsms"}).body == "Invalid content-type");
  BOOST_TEST(w.out.status == 400U);
  BOOST_TEST(w.ask({.method = "GET", .path = "/cgi-bin/nothing"}).body == "Unknown request.");
  BOOST_TEST(w.out.status == 404U);
}

BOOST_AUTO_TEST_CASE(every_reply_of_smsbox_can_be_had) {
  struct row {
    const char* behaviour;
    unsigned status;
    const char* text;
    unsigned accepted;
  };
  const row table[] = {
      {R"({"outcomes":{"unregistered":1}})", 403, "Not routable. Do not try again.", 0},
      {R"({"outcomes":{"identity":1}})", 400,
       "Number(s) has/have been denied by white- and/or black-lists.", 0},
      {R"({"outcomes":{"rate_limit":1}})", 503, "Temporal failure, try again later.", 0},
      {R"({"outcomes":{"io_error":1}})", 500, "Sending failed.", 0},
      {R"({"outcomes":{"account_unknown":1}})", 403, "Authorization failed for sendsms", 0},
      {R"({"outcomes":{"http_404":1}})", 404, "Unknown request.", 0},
      {R"({"outcomes":{"accept_then_reply":1},"reply":{"status":202,"code":3}})", 202,
       "3: Queued for later delivery", 1},
      {R"({"outcomes":{"accept_then_reply":1},"reply":{"status":202}})", 202,
       "0: Accepted for delivery", 1},
      {R"({"outcomes":{"accept_then_reply":1},"reply":{"status":202,"message":"Sent. Message splits: 2"}})",
       202, "Sent. Message splits: 2", 1},
      {R"({"outcomes":{"accept_then_reply":1},"reply":{"status":500}})", 500, "Sending failed.", 1},
      {R"({"outcomes":{"reply":1},"reply":{"status":503}})", 503,
       "Temporal failure, try again later.", 0},
  };
  for (const row& r : table) {
    world w;
    w.behave(r.behaviour);
    BOOST_TEST(w.get().status == r.status, r.behaviour);
    BOOST_TEST(w.out.body == r.text, r.behaviour);
    BOOST_TEST(w.at.counts.accepted() == r.accepted, r.behaviour);
  }
  check_exchanges<world>([](world& w) { w.get(); });
}

BOOST_AUTO_TEST_CASE(several_receivers_get_one_reply) {
  world w;
  w.behave(R"({"by_recipient":{"2":"io_error"}})");
  BOOST_TEST(w.get(login + "&to=1+2+3&from=a&text=x").body == "Sending failed.");
  BOOST_TEST(w.at.counts.accepted() == 2U);
}

std::string types(const world& w) {
  std::string list;
  for (std::size_t i = 0; i < w.out.errands.size(); ++i)
    list += w.report(i).url.substr(w.report(i).url.find("type=") + 5) + ' ';
  return list;
}

BOOST_AUTO_TEST_CASE(delivery_reports_follow_mask_and_receipts) {
  struct row {
    const char *behaviour, *mask, *reports;
    bool first;
  };
  const row table[] = {
      {R"({})", "31", "", false},
      {R"({"receipts":{"kind":"delivered"}})", "31", "8 1 ", false},
      {R"({"receipts":{"kind":"delivered","order":"reversed"}})", "31", "1 8 ", false},
      {R"({"receipts":{"kind":"delivered","order":"before_answer"}})", "31", "8 1 ", true},
      {R"({"receipts":{"kind":"undelivered"}})", "31", "8 2 ", false},
      {R"({"receipts":{"kind":"failed"}})", "31", "16 ", false},
      {R"({"receipts":{"kind":"delivered","probability":0}})", "31", "8 ", false},
      {R"({"receipts":{"kind":"delivered"}})", "3", "1 ", false},
      {R"({"receipts":{"kind":"delivered"}})", "8", "8 ", false},
      {R"({"receipts":{"kind":"delivered"}})", "0", "", false},
      {R"({"outcomes":{"unregistered":1}})", "31", "16 ", false},
      {R"({"outcomes":{"unregistered":1}})", "3", "", false},
      {R"({"outcomes":{"rate_limit":1},"receipts":{"kind":"delivered"}})", "31", "", false},
  };
  for (const row& r : table) {
    world w;
    w.behave(r.behaviour);
    w.get(good + "&dlr-mask=" + r.mask + "&dlr-url=http%3A%2F%2F127.0.0.1%3A1%2F%3Ftype%3D%25d");
    BOOST_TEST(types(w) == r.reports, r.behaviour << " with mask " << r.mask);
    BOOST_TEST(w.out.errands_first == r.first, r.behaviour);
  }
}

BOOST_AUTO_TEST_CASE(a_report_is_fetched_and_tried_again) {
  world w;
  w.behave(R"({"receipts":{"kind":"failed","retry_ms":5}})");
  w.get(good +
        "&dlr-mask=16&dlr-url=" + percent_encode("http://127.0.0.1:1/?a=%A&i=%i&p=%p&P=%P&d=7"));
  BOOST_TEST(w.report(0).url ==
             "http://127.0.0.1:1/?a=NACK%2F0x0000000b%2FInvalid%20Destination%20Address&i=sim&p=%2B"
             "14155552671&P=Sim&d=7");
  BOOST_TEST(w.report(0).method == "GET");
  BOOST_TEST(w.report(0).attempts == 3U);
  BOOST_TEST(w.report(0).retry_pause.count() == 5000);
}

BOOST_AUTO_TEST_CASE(escapes_are_filled_and_the_others_stay) {
  const delivery_report report{2, "a b", "f", "smsc", "id", "+1", "me", 1700000000};
  const std::pair<const char*, const char*> table[] = {
      {"/%d", "/2"},          {"/%A", "/a%20b"}, {"/%F%i%I", "/fsmscid"}, {"/%p%P", "/%2B1me"},
      {"/%T", "/1700000000"}, {"/%%", "/%"},     {"/%20x", "/%20x"},      {"/x%", "/x%"}};
  for (const auto& [url, filled] : table)
    BOOST_TEST(fill_report_url(url, report) == filled);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
