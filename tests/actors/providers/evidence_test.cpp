#include "actors/providers/foreign_reply.hpp"
#include "actors/providers/signal/signal_results.hpp"
#include "actors/providers/webhook/webhook.hpp"
#include "tests/actors/providers/driver_fixture.hpp"
#include "tests/actors/providers/evidence_page.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>

/// Every row of a driver's table stands in docs/internals/providers-evidence.md with its outcome
/// and a witness.
namespace postrider::actors {
namespace {

using rows = std::vector<evidence_row>;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool is_kind(const evidence_row& row, std::string_view kind) {
  return row.outcome.starts_with(kind) &&
         (row.outcome.size() == kind.size() || contains(",;:", row.outcome.substr(kind.size(), 1)));
}

/// Some line is about the row and has its outcome.
void expect_line(const rows& page, const std::string& row,
                 const std::function<bool(const evidence_row&)>& is_about,
                 const std::function<bool(const evidence_row&)>& has_outcome) {
  rows about;
  std::ranges::copy_if(page, std::back_inserter(about), is_about);
  BOOST_TEST(!about.empty(), row << " is not in docs/internals/providers-evidence.md");
  BOOST_TEST((about.empty() || std::ranges::any_of(about, has_outcome)),
             row << " has another outcome in docs/internals/providers-evidence.md");
}

/// `"part"`, or `"part" ... "also"`; without `also` not a line that wants a second part.
bool is_about_text(const evidence_row& row, const std::string& part, const std::string& also) {
  if (!also.empty()) return contains(row.first, "`" + part + "` ... `" + also + "`");
  return row.quotes(part) && !contains(row.first, "`" + part + "` ... ");
}

BOOST_AUTO_TEST_SUITE(evidence)

BOOST_AUTO_TEST_CASE(each_line_has_an_outcome_and_a_witness) {
  BOOST_TEST(evidence_rows().size() > 200u);
  const auto* before = &evidence_rows().front();
  for (const auto& row : evidence_rows()) {
    BOOST_TEST_CONTEXT(row.section << ": " << row.first) {
      BOOST_TEST(!row.first.empty());
      BOOST_TEST(!row.outcome.empty());
      const bool rest = row.first == "everything else" || row.first == "another" ||
                        row.first == "another type" || row.first.starts_with("another, such as");
      BOOST_TEST((rest || !row.witness.empty()));
      // Which the table's first line does not have.
      if (before->section != row.section) BOOST_TEST(!row.witness.starts_with("the same"));
    }
    before = &row;
  }
}

BOOST_AUTO_TEST_CASE(each_error_of_twilio_has_its_line) {
  const auto page = evidence_rows_of("Twilio");
  const auto errors = source_rows("sms_twilio_errors.cpp", R"(\{(\d{5}), (\w+)(?:, (\w+))?)");
  BOOST_TEST(errors.size() >= 60u);
  for (const auto& error : errors) {
    const bool recipient = error[2] == "recipient", by_sender = error[2] == "sender";
    expect_line(
        page, "Twilio " + error[0], [&](const auto& row) { return row.names(error[0]); },
        [&](const auto& row) {
          return is_kind(row, error[1]) &&
                 contains(row.outcome, "this recipient's") == (recipient || by_sender) &&
                 contains(row.outcome, "unless From") == by_sender;
        });
  }
}

BOOST_AUTO_TEST_CASE(each_text_of_signal_has_its_line) {
  const auto page = evidence_rows_of("Texts");
  const auto texts = source_rows(
      "signal_texts.cpp",
      R"re(\n    \{"((?:[^"\\]|\\.)+)",\s+"([^"]*)",\s+(\w+)(?:,\s+(true|false))?(?:,\s+true)?\})re");
  BOOST_TEST(texts.size() >= 28u);
  for (const auto& text : texts)
    expect_line(
        page, text[0] + " " + text[1],
        [&](const auto& row) { return is_about_text(row, text[0], text[1]); },
        [&](const auto& row) {
          return is_kind(row, text[2]) &&
                 contains(row.outcome, "this recipient's") == (text[3] == "true");
        });
}

BOOST_AUTO_TEST_CASE(each_result_of_signal_has_its_line_and_each_line_is_true) {
  const auto page = evidence_rows_of("Results of a send");
  const auto types = source_rows("signal_results.cpp", R"re(type == "(\w+)")re");
  BOOST_TEST(types.size() == 5u);
  for (const auto& type : types)
    expect_line(
        page, type[0], [&](const auto& row) { return row.quotes(type[0]); },
        [&](const auto& row) {
          const auto out = classify_signal_failure(type[0]);
          return is_kind(row, to_string(out.kind)) &&
                 contains(row.outcome, "this recipient's") == out.recipient_only;
        });
  const auto with_token = classify_signal_failure("RATE_LIMIT_FAILURE", "2fd3", 5);
  expect_line(
      page, "RATE_LIMIT_FAILURE with a token",
      [](const auto& row) { return contains(row.first, "` with `token`"); },
      [&](const auto& row) {
        return is_kind(row, to_string(with_token.kind)) && with_token.recipient_only &&
               contains(row.outcome, "this recipient's");
      });
  BOOST_TEST(to_string(classify_signal_failure("SOMETHING_NEW").kind) == "unknown");
}

BOOST_AUTO_TEST_CASE(each_code_of_the_daemon_has_its_line) {
  const auto page = evidence_rows_of("signal-cli daemon");
  const auto codes = source_rows("signal_rpc.cpp", R"(\{(-\d+), outcome_kind::(\w+)\})");
  BOOST_TEST(codes.size() == 9u);
  for (const auto& code : codes)
    expect_line(
        page, code[0], [&](const auto& row) { return row.names(code[0]); },
        [&](const auto& row) { return is_kind(row, code[1]); });
}

BOOST_AUTO_TEST_CASE(each_text_of_signal_cli_rest_api_has_its_line) {
  const auto page = evidence_rows_of("signal-cli-rest-api");
  const auto texts = source_rows("signal_rest.cpp", R"re(\n    \{"([^"]+)", (\w+)\})re");
  BOOST_TEST(texts.size() == 3u);
  for (const auto& text : texts)
    expect_line(
        page, text[0], [&](const auto& row) { return row.quotes(text[0]); },
        [&](const auto& row) { return is_kind(row, text[1]); });
}

BOOST_AUTO_TEST_CASE(each_answer_of_kannel_has_its_line) {
  const auto page = evidence_rows_of("Kannel");
  const auto answers = source_rows("sms_kannel.cpp", R"re(\n    \{(\d{3}), "([^"]+)", (\w+)\})re");
  BOOST_TEST(answers.size() >= 14u);
  for (const auto& answer : answers)
    expect_line(
        page, answer[0] + " " + answer[1],
        [&](const auto& row) { return row.names(answer[0]) && row.quotes(answer[1]); },
        [&](const auto& row) { return is_kind(row, answer[2]); });
}

const std::map<std::string, std::string> matters{
    {"identity", "the sender"},     {"quota", "quota"},  {"rate", "rate"},
    {"recipient", "the recipient"}, {"size", "too big"}, {"recipient_rate", "a mailbox's rate"}};

bool is_matter(const evidence_row& row, const std::string& matter, const std::string& kind = {}) {
  const auto& words = matters.at(matter);
  return row.outcome.starts_with(words) || contains(row.outcome, kind + ": " + words);
}

BOOST_AUTO_TEST_CASE(each_text_of_email_has_its_line) {
  const auto page = evidence_rows_of("Refusals by their matter");
  const auto texts =
      source_rows("email_matter.cpp", R"re(\n    \{"([^"]+)",\s+"([^"]*)",\s+(\w+)\})re");
  BOOST_TEST(texts.size() >= 95u);
  for (const auto& text : texts)
    expect_line(
        page, text[0] + " " + text[1],
        [&](const auto& row) { return is_about_text(row, text[0], text[1]); },
        [&](const auto& row) { return is_matter(row, text[2]); });
}

/// {7, 20, 27, 0, identity} is "X.7.20 to X.7.27", {4, 5, 5, 5, quota} is "5.4.5".
BOOST_AUTO_TEST_CASE(each_enhanced_code_of_email_has_its_line) {
  const auto page = evidence_rows_of("Refusals by their matter");
  const auto codes =
      source_rows("email_matter.cpp", R"(\n    \{(\d), (\d+), (\d+), (\d), (\w+)\})");
  BOOST_TEST(codes.size() >= 25u);
  for (const auto& code : codes) {
    for (const auto& detail : {code[1], code[2]}) {
      const auto rest = "." + code[0] + "." + detail;
      const auto given = (code[3] == "0" ? "X" : code[3]) + rest;
      expect_line(
          page, given, [&](const auto& row) { return row.names(given) || row.names("X" + rest); },
          [&](const auto& row) { return is_matter(row, code[4], code[3]); });
    }
  }
}

/// The line for a status: by its number with and without Retry-After, then by its hundred.
const evidence_row* line_for(const rows& page, int status, bool names_time) {
  const auto with = [](const auto& row) { return contains(row.first, "with Retry-After"); };
  const auto find = [&](const std::function<bool(const evidence_row&)>& fits) {
    const auto at = std::ranges::find_if(page, fits);
    return at == page.end() ? nullptr : &*at;
  };
  const auto number = std::to_string(status), hundred = number.substr(0, 1) + "xx";
  const evidence_row* found = nullptr;
  if (names_time) found = find([&](const auto& row) { return with(row) && row.names(number); });
  const bool known = status >= 200 && status <= 599;
  if (!found && known)
    found = find([&](const auto& row) {
      return !with(row) && row.names(number) && !row.first.starts_with("below");
    });
  if (!found && known) found = find([&](const auto& row) { return row.names(hundred); });
  if (!found)
    found = find([&](const auto& row) {
      return row.first == "everything else" || row.first == "below 200, above 599";
    });
  return found;
}

void check_statuses(const rows& page, const std::function<outcome(const transfer_result&)>& of) {
  for (int status = 100; status <= 650; ++status) {
    for (const bool names_time : {false, true}) {
      auto result = replied(status);
      if (names_time) result.headers = {{"retry-after", "9"}};
      const auto out = of(result);
      const auto* line = line_for(page, status, names_time);
      BOOST_TEST_CONTEXT(status << (names_time ? " with Retry-After" : "")) {
        BOOST_TEST_REQUIRE(line);
        BOOST_TEST(is_kind(*line, to_string(out.kind)), line->outcome);
        BOOST_TEST((out.retry_after.has_value() == names_time || !contains(line->outcome, "says")));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(each_status_of_a_webhook_is_as_its_line_says) {
  const auto hooks = std::move(*webhook_driver_type().make(
      settings_with({{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})));
  check_statuses(evidence_rows_of("Webhooks"),
                 [&](const auto& result) { return outcome_of(*hooks, result); });
}

BOOST_AUTO_TEST_CASE(each_status_that_is_not_the_peers_is_as_its_line_says) {
  check_statuses(evidence_rows_of("Replies that are not the peer's"), [](const auto& result) {
    return classify_foreign_reply({}, result, "what it said");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
