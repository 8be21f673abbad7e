#include "tests/tools/postrider/command_world.hpp"
#include "tools/postrider/bulk_doubt.hpp"
#include "tools/postrider/bulk_progress.hpp"
#include "tools/postrider/bulk_records.hpp"
#include "tools/postrider/bulk_run.hpp"
#include "tools/postrider/bulk_state.hpp"

#include <random>
#include <set>

namespace postrider::cli::tests {
namespace {

using namespace std::chrono_literals;

/// "2: {...}; 5! why; "
std::string records(bulk_reader& reader) {
  std::string text;
  while (const auto record = reader.next())
    text += std::to_string(record->line) + (record->mistake.empty() ? ": " : "! ") + record->json +
            record->mistake + "; ";
  return text;
}

std::string ndjson(const std::string& text) {
  std::istringstream in(text);
  return records(*read_ndjson(in));
}

std::string csv(const std::string& text) {
  std::istringstream in(text);
  const auto reader = read_csv(in);
  return reader ? records(**reader) : reader.error().sentence();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bulk_parts)

BOOST_AUTO_TEST_CASE(ndjson_is_one_request_a_line) {
  BOOST_TEST(ndjson("{\"a\":1}\n\n  \n{\"b\":2}\r\n{\"c\":3}") ==
             "1: {\"a\":1}; 4: {\"b\":2}; 5: {\"c\":3}; ");
  BOOST_TEST(ndjson("") == "");
  BOOST_TEST(ndjson(std::string(17 * 1024 * 1024, 'x') + "\n{}\n") ==
             "1! the line is longer than any request; 2: {}; ");
}

BOOST_AUTO_TEST_CASE(csv_has_a_member_in_each_column) {
  BOOST_TEST(csv("user_id,message,recipients,fallback,ttl,metadata.order,metadata.a b\r\n"
                 "7,hello,+1555; ann@example.org ;,false,60,12,\r\n"
                 "8,,,,,,x\r\n") ==
             R"(2: {"user_id":7,"message":"hello","recipients":["+1555","ann@example.org"],)"
             R"("fallback":false,"ttl":60,"metadata":{"order":"12"}}; )"
             R"(3: {"user_id":8,"metadata":{"a b":"x"}}; )");
}

BOOST_AUTO_TEST_CASE(csv_quotes_as_rfc_4180_has_them) {
  BOOST_TEST(csv("\xEF\xBB\xBFmessage,user_id\n"
                 "\"one, \"\"two\"\"\r\nthree\",1\n"
                 "\n"
                 "\"\",\"2\"\n"
                 "last,3") == R"(2: {"message":"one, \"two\"\r\nthree","user_id":1}; )"
                              R"(5: {"user_id":2}; 6: {"message":"last","user_id":3}; )");
}

BOOST_AUTO_TEST_CASE(csv_leaves_what_is_no_number_to_the_server) {
  BOOST_TEST(csv("user_id,fallback\none,yes\n1.5,\n99999999999999999999,\n") ==
             R"(2: {"user_id":"one","fallback":"yes"}; 3: {"user_id":"1.5"}; )"
             R"(4: {"user_id":"99999999999999999999"}; )");
}

BOOST_AUTO_TEST_CASE(csv_tells_which_rows_are_none) {
  BOOST_TEST(csv("message,user_id\na\nb,2,3\nc\"d,4\n\"e\"f,5\ng,6\n\"h") ==
             "2! it has 1 cells, the header has 2; 3! it has 3 cells, the header has 2; "
             "4! unexpected quote inside an unquoted cell; "
             "5! unexpected text between a closing quote and the next comma; "
             "6: {\"message\":\"g\",\"user_id\":6}; "
             "7! a quote is not closed before the end of the file; ");
}

BOOST_AUTO_TEST_CASE(csv_refuses_a_header_that_is_none) {
  BOOST_TEST(csv("") == "there is no header row");
  BOOST_TEST(csv("mesage,user_id\n") ==
             "the header has a column \"mesage\", which is not a member of "
             "a request; did you mean \"message\"?");
  BOOST_TEST(csv("metadata.\n") ==
             "the header has a column \"metadata.\", which is not a member of a request; "
             "metadata.NAME can be one");
  BOOST_TEST(csv("type,type\n") == "the header has the column \"type\" twice");
  BOOST_TEST(csv("type,metadata.type\nsms,x\n") ==
             R"(2: {"type":"sms","metadata":{"type":"x"}}; )");
}

BOOST_AUTO_TEST_CASE(a_record_knows_how_much_of_the_file_is_read) {
  const std::string text = "message\r\n\"a\nb\"\r\nc";
  std::istringstream in(text);
  auto reader = std::move(*read_csv(in));
  BOOST_TEST(reader->next()->position == 16U);
  BOOST_TEST(reader->next()->position == text.size());
}

BOOST_AUTO_TEST_CASE(a_line_gets_its_key_as_its_first_member) {
  BOOST_TEST(keyed_line(R"({"a":1})", "k") == "{\"idempotency_key\":\"k\",\"a\":1}\n");
  BOOST_TEST(keyed_line("  { } ", "k") == "{\"idempotency_key\":\"k\" } \n");
  BOOST_TEST(keyed_line("[1]", "k") == "[1]\n");
  BOOST_TEST(keyed_line("nope", "k") == "nope\n");
}

BOOST_AUTO_TEST_CASE(a_line_that_brings_its_own_key_keeps_it) {
  for (const std::string own : {R"({"message":"a","idempotency_key":"mine"})",
                                R"( {"\u0069dempotency_key":"mine"} )", R"({"idempotency_key":7})"})
    BOOST_TEST(keyed_line(own, "k") == own + "\n");
  // Somewhere else it is no key.
  BOOST_TEST(keyed_line(R"({"message":"idempotency_key"})", "k") ==
             "{\"idempotency_key\":\"k\",\"message\":\"idempotency_key\"}\n");
  BOOST_TEST(keyed_line(R"({"metadata":{"idempotency_key":"x"}})", "k") ==
             "{\"idempotency_key\":\"k\",\"metadata\":{\"idempotency_key\":\"x\"}}\n");
  BOOST_TEST(keyed_line(R"({"idempotency_key":)", "k").starts_with(R"({"idempotency_key":"k",)"));
}

BOOST_FIXTURE_TEST_CASE(the_state_has_exactly_what_was_saved, command_world) {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_INFO("seed " << seed);
  std::mt19937 random(seed);
  const file_identity of{1'000, 42};
  auto state = bulk_state::begin(of, "run-1");
  BOOST_TEST(!state.open("f.sent", "pr_key"));
  std::set<std::size_t> added, refused;
  std::uint64_t sum = 0;
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = random() % 10; i > 0; --i) {
      const auto record = random() % 2 == 0 ? 1 + random() % 200 : 1 + added.size();
      if (!added.insert(record).second) continue;
      if (random() % 4 == 0) {
        refused.insert(record);
        state.refuse(record);
        if (random() % 2 == 0) state.keep(record);
      } else {
        const auto print = print_of(record, std::to_string(random()));
        sum += print;
        state.add(record, print);
      }
    }
    if (random() % 2 == 0) BOOST_TEST(state.save());
    // Those that were kept are written with all the rest only.
    BOOST_TEST(state.save_whole());
    const auto again = bulk_state::read("f.sent");
    BOOST_TEST_REQUIRE(again.has_value());
    BOOST_TEST(again->run() == "run-1");
    BOOST_TEST(again->key() == "pr_key");
    BOOST_TEST(again->accepted().count() + again->refused().count() == added.size());
    BOOST_TEST(again->sum() == sum);
    BOOST_TEST((again->of() == of));
    for (std::size_t record = 1; record <= 250; ++record)
      BOOST_TEST((again->has(record) == added.contains(record) &&
                  again->refused().has(record) == refused.contains(record) &&
                  again->kept().has(record) == state.kept().has(record)),
                 record);
    // The file was written anew: it is the new state that goes on.
    state = std::move(*bulk_state::read("f.sent"));
    BOOST_TEST(!state.open("f.sent", "pr_key"));
  }
}

BOOST_AUTO_TEST_CASE(a_print_depends_on_the_text_and_on_its_place) {
  std::set<std::uint64_t> prints;
  for (const auto record : {1, 2, 256, 257, 65'537})
    for (const auto* text : {"", "a", "b", "ab", "ba"})
      prints.insert(print_of(static_cast<std::size_t>(record), text));
  BOOST_TEST(prints.size() == 25U);
  // Two lines that changed places.
  BOOST_TEST(print_of(1, "a") + print_of(2, "b") != print_of(1, "b") + print_of(2, "a"));
}

BOOST_FIXTURE_TEST_CASE(half_a_range_was_not_written, command_world) {
  write("f.sent",
        "postrider bulk 3\nfile 1000 000000000000002a\nrun r\nkey none\n1-5 a\n7-9 1\n"
        "refused 10-10\n11-20 1");
  const auto state = *bulk_state::read("f.sent");
  BOOST_TEST(state.accepted().count() == 8U);
  BOOST_TEST(state.refused().count() == 1U);
  BOOST_TEST(state.sum() == 11U);
  BOOST_TEST(!state.has(6));
  BOOST_TEST(!state.has(11));
}

BOOST_FIXTURE_TEST_CASE(a_state_of_something_else_is_refused, command_world) {
  const auto why = [&](const std::string& text) {
    write("f.sent", text);
    const auto state = bulk_state::read("f.sent");
    return state ? std::string() : state.error().sentence();
  };
  const std::string head = "postrider bulk 3\nfile 1000 000000000000002a\nrun r\nkey none\n";
  BOOST_TEST(why(head) == "");
  BOOST_TEST(why("hello\n") == "f.sent is not what \"postrider bulk\" writes");
  BOOST_TEST(why("postrider bulk 3\nfile x\nrun r\n") == "f.sent is damaged at \"file x\"");
  for (const std::string wrong :
       {"5-2", "1-999999999999", "hello", "posted 1-2", "posted 1 7", "posted 1-999 7", "unposted",
        "1-2-3", "1-", "1-2", "refused", "kept 2-1"})
    BOOST_TEST(why(head + "1-2 0\n" + wrong + "\n") == "f.sent is damaged at \"" + wrong + "\"");
}

struct doubt_world : command_world {
  const file_identity of{1'000, 42};
  bulk_state state = bulk_state::begin(of, "run-1");
  using wall_time = bulk_state::wall_time;
  using records = std::map<std::size_t, wall_time>;
  static wall_time at(int seconds) { return wall_time(std::chrono::seconds(seconds)); }

  doubt_world() { BOOST_TEST(!state.open("f.sent", "pr_key")); }
  /// The records that a later run finds, beside those that are noted before they are posted.
  records found() const { return bulk_state::read("f.sent")->in_doubt(); }
  std::size_t found_count() const { return found().size(); }
};

BOOST_FIXTURE_TEST_CASE(what_is_posted_is_in_doubt_until_it_is_answered, doubt_world) {
  for (std::size_t record = 1; record <= 150; ++record)
    BOOST_TEST(state.post(record, at(record <= 100 ? 10 : 20)));
  // No process can know more than the file.
  BOOST_TEST(found_count() == 200U);
  BOOST_TEST((found().at(100) == at(10)));
  BOOST_TEST((found().at(101) == at(20)));
  for (std::size_t record = 1; record <= 140; ++record)
    state.add(record);
  BOOST_TEST(state.end());
  BOOST_TEST(found_count() == 10U);
  BOOST_TEST((found() == state.in_doubt()));
}

BOOST_FIXTURE_TEST_CASE(what_was_noted_and_jumped_over_is_not_in_doubt, doubt_world) {
  state.post(1, at(10));
  state.post(200, at(20));
  BOOST_TEST(!found().contains(50));
  BOOST_TEST((found().at(1) == at(10)));
  BOOST_TEST(state.end());
  BOOST_TEST((found() == records{{1, at(10)}, {200, at(20)}}));
}

BOOST_FIXTURE_TEST_CASE(the_first_post_without_an_answer_counts, doubt_world) {
  state.post(1, at(10));
  state.post(2, at(10));
  // The first one was refused at once, the other one left without an answer.
  state.not_stored(1);
  BOOST_TEST(state.end());
  BOOST_TEST((found() == records{{2, at(10)}}));
  state.post(1, at(50));
  state.post(2, at(50));
  BOOST_TEST((found().at(1) == at(50)));
  // That this post was refused says nothing of the one before.
  state.not_stored(1);
  state.not_stored(2);
  BOOST_TEST(state.end());
  BOOST_TEST((found() == records{{2, at(10)}}));
  state = std::move(*bulk_state::read("f.sent"));
  BOOST_TEST(!state.open("f.sent", "pr_key"));
  state.post(2, at(90));
  state.not_stored(2);
  BOOST_TEST(state.end());
  BOOST_TEST((found() == records{{2, at(10)}}));
  state.add(2);
  BOOST_TEST(state.save());
  BOOST_TEST(found().empty());
}

BOOST_FIXTURE_TEST_CASE(only_old_posts_and_those_with_another_key_are_a_doubt, doubt_world) {
  state.post(1, at(0));
  state.end();
  state.post(2, at(3'600));
  const auto hours = [](int count) { return at(count * 3'600); };
  BOOST_TEST(find_doubt(state, "pr_key", hours(23)).records.empty());
  BOOST_TEST(find_doubt(state, "pr_key", hours(24)).records == std::vector<std::size_t>{1});
  BOOST_TEST(find_doubt(state, "pr_key", hours(25)).records == (std::vector<std::size_t>{1, 2}));
  const auto other = find_doubt(state, "pr_else", hours(1));
  BOOST_TEST(other.records == (std::vector<std::size_t>{1, 2}));
  BOOST_TEST(other.other_key == "pr_key");
  state.add(1);
  state.add(2);
  BOOST_TEST(find_doubt(state, "pr_else", hours(99)).records.empty());
}

BOOST_AUTO_TEST_CASE(a_doubt_is_told_in_lines_of_the_file) {
  std::istringstream in("{}\n\n{}\n{}\n{}\n{}\n");
  bulk_doubt doubt{{1, 2, 4, 9, 10}, {}, {}};
  BOOST_TEST(find_lines(*read_ndjson(in), doubt) == "lines 1-3, 5");
  BOOST_TEST(doubt.records == (std::vector<std::size_t>{1, 2, 4}));
  std::istringstream one("{}\n");
  doubt.records = {1};
  BOOST_TEST(find_lines(*read_ndjson(one), doubt) == "line 1");
  std::istringstream none("{}\n");
  doubt.records = {2};
  BOOST_TEST(find_lines(*read_ndjson(none), doubt) == "");
  BOOST_TEST(doubt.records.empty());
}

BOOST_AUTO_TEST_CASE(of_an_api_key_only_its_public_start_is_kept) {
  const std::string rest(35, 'x');
  BOOST_TEST(shown_key("") == "none");
  BOOST_TEST(shown_key("pr_abcdefgh" + rest) == "pr_abcdefgh");
  BOOST_TEST(shown_key("pr_test_abcdefgh" + rest) == "pr_test_abcdefgh");
  BOOST_TEST(shown_key("hunter2") == "other");
}

BOOST_AUTO_TEST_CASE(the_bar_tells_speed_and_what_is_left) {
  BOOST_TEST(bulk_bar({4'950, 50, 0, 500, 1'000}, 4s) ==
             "[###############               ]  50%  5000 sent, 1250/s, 50 refused, 4s left");
  BOOST_TEST(bulk_bar({10, 0, 0, 1'000, 1'000}, 1s) ==
             "[##############################] 100%  10 sent, 10/s, 0 refused");
  // Nothing is known of the length of the standard input, nor of the time that another run took.
  BOOST_TEST(bulk_bar({10, 0, 0, 500, 0}, 1s) == "10 sent, 10/s, 0 refused");
  BOOST_TEST(bulk_bar({10, 0, 90, 500, 1'000}, 1s).find("left") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
