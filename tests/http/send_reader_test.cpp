#include "http/routes/send_reader.hpp"

#include "http/routes/mistaken_names.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace postrider;
using http::routes::read_send_request;

namespace {

struct outcome {
  actors::send_request request;
  std::vector<actors::field_problem> problems;

  std::string summary() const {
    std::string out;
    for (const auto& one : problems)
      out += one.pointer + " " + one.code + "; ";
    return out;
  }
};

outcome read(const boost::json::value& document) {
  outcome result;
  read_send_request(http::field(document, result.problems), result.request);
  return result;
}

outcome read_text(const std::string& text) { return read(boost::json::parse(text)); }

boost::json::object smallest() { return {{"message", "hello"}, {"user_id", 7}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(send_reader)

BOOST_AUTO_TEST_CASE(reads_what_the_pipeline_does_now) {
  const auto got =
      read_text(R"({"message":"hello","user_id":7,"recipients":["+15551234567","ann@example.org"],)"
                R"("type":"email"})");
  BOOST_TEST(got.summary() == "");
  BOOST_TEST(got.request.text == "hello");
  BOOST_TEST(got.request.user == 7);
  BOOST_TEST(got.request.type == "email");
  BOOST_REQUIRE(got.request.recipients);
  BOOST_REQUIRE(got.request.recipients->size() == 2U);
  BOOST_TEST((*got.request.recipients)[1].text == "ann@example.org");
}

BOOST_AUTO_TEST_CASE(leaves_the_recipients_absent_when_they_are) {
  BOOST_TEST(!read(smallest()).request.recipients.has_value());
}

BOOST_AUTO_TEST_CASE(complains_of_form_and_values_at_once) {
  const auto got =
      read_text(R"({"user_id":"7","mesage":"x","type":"pigeon","fallback":false,"html":"\u0007",)"
                R"("recipients":["+15551234567","nobody",{"phnoe":"+1555"},7,)"
                R"({"phone":"+15551234567","emial":"x"}],"expires_at":"2001-01-01T00:00:00Z"})");
  BOOST_TEST(got.summary() ==
             "/user_id wrong_type; /mesage unknown_member; /recipients/2/phnoe unknown_member; "
             "/recipients/3 wrong_type; /recipients/4/emial unknown_member; /message missing; "
             "/recipients/1 bad_phone_number; /recipients/4 duplicate_recipient; "
             "/html control_character; /type unknown_type; /expires_at in_the_past; ");
}

BOOST_AUTO_TEST_CASE(leaves_values_to_the_pipeline_when_the_form_is_good) {
  BOOST_TEST(read_text(R"({"message":"x","user_id":7,"recipients":["nobody"]})").summary() == "");
}

BOOST_AUTO_TEST_CASE(says_nothing_twice) {
  BOOST_TEST(read_text(R"({"message":"x","user_id":7,"type":5,"fallback":false})").summary() ==
             "/type wrong_type; ");
  BOOST_TEST(read_text(R"({"message":"x","user_id":7,"ttl":5,"expires_at":"2001-01-01T00:00:00Z"})")
                 .summary() == "/ttl conflict; /expires_at in_the_past; ");
}

BOOST_AUTO_TEST_CASE(says_what_stands_for_names_of_other_services) {
  const std::pair<const char*, const char*> cases[]{
      {"to", "use `recipients`"},
      {"title", "use `subject`"},
      {"body", "use `message`"},
      {"text", "use `message`"},
      {"callback_url", "GET /v1/messages"},
      {"statusCallback", "GET /v1/messages"},
      {"from", "`account`"},
      {"idempotency_key", "header Idempotency-Key"},
  };
  for (const auto& [name, advice] : cases) {
    auto document = smallest();
    document[name] = "x";
    const auto got = read(document);
    BOOST_REQUIRE(got.problems.size() == 1);
    BOOST_TEST(got.problems[0].code == "unknown_member");
    BOOST_TEST(got.problems[0].detail.find(advice) != std::string::npos, got.problems[0].detail);
  }
  auto document = smallest();
  document["recipients"] = boost::json::array{boost::json::object{{"mobile", "+15551234567"}}};
  BOOST_TEST(read(document).problems.at(0).detail ==
             "there is no member \"mobile\" here; use `phone`");
}

/// Advice that is itself refused, or hides a member, would be worse than none.
BOOST_AUTO_TEST_CASE(advises_only_members_that_there_are) {
  for (const auto& one : http::routes::mistaken_members) {
    const auto advised = one.advice.substr(0, 5) == "use `"
                             ? one.advice.substr(5, one.advice.find('`', 5) - 5)
                             : std::string_view();
    for (const auto name : {advised, one.name}) {
      if (name.empty()) continue;
      auto document = smallest();
      document[name] = nullptr;
      bool known = true;
      for (const auto& problem : read(document).problems)
        if (problem.code == "unknown_member") known = false;
      BOOST_TEST(known == (name == advised), name);
    }
  }
}

BOOST_AUTO_TEST_CASE(takes_a_message_of_1_to_65536_characters) {
  auto document = smallest();
  document["message"] = "";
  BOOST_TEST(read(document).summary() == "/message too_short; ");
  std::string text;
  for (int i = 0; i < 65'536; ++i)
    text += "ä";
  document["message"] = text;
  BOOST_TEST(read(document).summary() == "");
  document["message"] = text + "x";
  BOOST_TEST(read(document).summary() == "/message too_long; ");
}

BOOST_AUTO_TEST_CASE(takes_a_reference_of_1_to_128_bytes_that_can_be_shown) {
  auto document = smallest();
  const std::string longest(128, 'x');
  const std::string wide = [] {
    std::string text;
    for (int i = 0; i < 65; ++i)
      text += "ä";
    return text;
  }();
  for (const auto& [reference, summary] : {std::pair<std::string, std::string>{longest, ""},
                                           {wide.substr(0, 128), ""},
                                           {"", "/reference too_short; "},
                                           {longest + "x", "/reference too_long; "},
                                           {wide, "/reference too_long; "},
                                           {"a\nb", "/reference bad_character; "},
                                           {"\x7f", "/reference bad_character; "}}) {
    document["reference"] = reference;
    BOOST_TEST(read(document).summary() == summary, reference);
  }
}

BOOST_AUTO_TEST_CASE(takes_1_to_1000_recipients) {
  auto document = smallest();
  document["recipients"] = boost::json::array();
  BOOST_TEST(read(document).summary() == "/recipients too_few; ");
  boost::json::array many(1'000, boost::json::value("a@example.org"));
  document["recipients"] = many;
  BOOST_TEST(read(document).summary() == "");
  many.emplace_back("b@example.org");
  document["recipients"] = many;
  BOOST_TEST(read(document).summary() == "/recipients too_many; ");
}

BOOST_AUTO_TEST_CASE(reads_when_and_how_to_send) {
  auto document = smallest();
  document["type"] = "signal";
  document["fallback"] = false;
  document["priority"] = "high";
  document["send_at"] = "2026-11-23T10:00:00.250+02:00";
  document["expires_at"] = "2026-11-23T08:00:01Z";
  const auto got = read(document);
  BOOST_TEST(got.summary() == "");
  BOOST_TEST(!got.request.fallback);
  BOOST_TEST((got.request.priority == persistence::priority::high));
  BOOST_REQUIRE(got.request.send_at);
  BOOST_REQUIRE(got.request.expires_at);
  BOOST_TEST((*got.request.expires_at - *got.request.send_at == std::chrono::milliseconds(750)));
  BOOST_TEST(!got.request.ttl.has_value());
}

BOOST_AUTO_TEST_CASE(takes_a_ttl_of_a_second_to_a_year_in_place_of_expires_at) {
  auto document = smallest();
  for (const auto& [seconds, summary] : {std::pair{1, ""},
                                         {366 * 86'400, ""},
                                         {0, "/ttl out_of_range; "},
                                         {366 * 86'400 + 1, "/ttl out_of_range; "}}) {
    document["ttl"] = seconds;
    BOOST_TEST(read(document).summary() == summary, seconds);
  }
  document["ttl"] = 90;
  BOOST_TEST((read(document).request.ttl == std::chrono::seconds(90)));
  document["expires_at"] = "2099-11-23T08:00:01Z";
  BOOST_TEST(read(document).summary() == "/ttl conflict; ");
}

BOOST_AUTO_TEST_CASE(refuses_times_and_ways_that_cannot_be) {
  for (const auto& [name, value, code] :
       {std::tuple{"send_at", boost::json::value("tomorrow"), "bad_time"},
        {"expires_at", boost::json::value(1'700'000'000), "wrong_type"},
        {"priority", boost::json::value("urgent"), "bad_value"},
        {"fallback", boost::json::value("no"), "wrong_type"},
        {"fallback", boost::json::value(false), "without_type"}}) {
    auto document = smallest();
    document[name] = value;
    BOOST_TEST(read(document).summary() == "/" + std::string(name) + " " + code + "; ");
  }
}

BOOST_AUTO_TEST_CASE(reads_what_channels_have) {
  auto document = smallest();
  document["recipients"] = {{{"phone", "+15551234567"}, {"email", "ann@example.org"}}};
  document["subject"] = "News";
  document["html"] = "<p>News</p>";
  document["metadata"] = {{"order", "42"}};
  document["reference"] = "order 42";
  document["max_retries"] = 7;
  document["on_unknown"] = "hold";
  document["fallback_on_undelivered"] = true;
  const auto read_all = read(document);
  BOOST_TEST(read_all.summary() == "");
  const auto& request = read_all.request;
  BOOST_TEST(request.recipients->at(0).phone == "+15551234567");
  BOOST_TEST(request.recipients->at(0).email == "ann@example.org");
  BOOST_TEST(request.subject == "News");
  BOOST_TEST(request.html == "<p>News</p>");
  BOOST_TEST(request.metadata == R"({"order":"42"})");
  BOOST_TEST(request.reference == "order 42");
  BOOST_TEST(request.max_retries.value() == 7);
  BOOST_TEST((request.on_unknown == persistence::on_unknown::hold));
  BOOST_TEST(request.fallback_on_undelivered.value());
  document["recipients"] = {boost::json::object()};
  BOOST_TEST(read(document).summary() == "/recipients/0 missing; ");
  document["recipients"] = {{{"telefon", "1"}}};
  BOOST_TEST(read(document).summary() == "/recipients/0/telefon unknown_member; ");
}

BOOST_AUTO_TEST_CASE(reports_everything_at_once) {
  BOOST_TEST(read_text(R"({"mesage":"x","user_id":0,"recipients":["+15551234567",5,""],"type":7})")
                 .summary() ==
             "/mesage unknown_member; /user_id out_of_range; /recipients/1 wrong_type; "
             "/recipients/2 too_short; /type wrong_type; /message missing; ");
}

BOOST_AUTO_TEST_SUITE_END()
