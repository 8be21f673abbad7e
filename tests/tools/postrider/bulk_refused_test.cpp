#include "tests/tools/postrider/bulk_world.hpp"

namespace postrider::cli::tests {
namespace {

struct refused_world : bulk_world {
  std::string content_of(const std::string& name) const {
    std::ostringstream all;
    all << std::ifstream(folder / name, std::ios::binary).rdbuf();
    return all.str();
  }
  bool is_there(const std::string& name) const { return std::filesystem::exists(folder / name); }
  int bulk(std::vector<std::string> arguments) {
    seen.clear();
    keys.clear();
    out.str("");
    err.str("");
    arguments.insert(arguments.begin(), "bulk");
    return run(std::move(arguments));
  }
  bool said(const std::string& text) const { return err.str().find(text) != std::string::npos; }
  void cut_from_state(const std::string& line) {
    auto state = content_of("f.ndjson.sent");
    const auto at = state.find(line + "\n");
    BOOST_REQUIRE(at != state.npos);
    write("f.ndjson.sent", state.erase(at, line.size() + 1));
  }
  /// Posts so many lines, answers the first, and is gone.
  void abandon_after(int posted) {
    streams.assign(9, [](const next_line&, const take_piece&) -> outcome<http_reply> {
      return failure::because("cannot reach it");
    });
    streams.front() = [this, posted](const next_line& next,
                                     const take_piece& take) -> outcome<http_reply> {
      for (int i = 0; i < posted; ++i)
        get(next);
      take(accepted(1));
      return failure::because("cannot reach it");
    };
    BOOST_TEST(bulk({"f.ndjson"}) == failed);
    BOOST_TEST(streams.empty());
  }
  std::string invalid(std::size_t line) { return refused(line, 422, "invalid"); }
};

std::string lines(std::initializer_list<const char*> messages) {
  std::string text;
  for (const auto* message : messages)
    text += std::string(R"({"message":")") + message + "\"}\n";
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_refused, refused_world)

BOOST_AUTO_TEST_CASE(refused_lines_are_copied_as_they_are_and_can_be_sent_from_there) {
  write("f.ndjson", lines({"1", "2", "3", "4"}) + R"({"message":"5"})");
  streams = {accepts({{2, invalid(2)}, {5, invalid(5)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  BOOST_TEST(content_of("f.ndjson.refused") == lines({"2", "5"}));
  BOOST_TEST(err.str() ==
             "postrider: the refused lines are in f.ndjson.refused; correct them there, then send "
             "them with: postrider bulk f.ndjson.refused\n");
  write("f.ndjson.refused", lines({"two", "5"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson.refused"}) == failed);
  BOOST_TEST(seen == (texts{"two", "5"}));
  BOOST_TEST(content_of("f.ndjson.refused.refused") == lines({"5"}));
}

BOOST_AUTO_TEST_CASE(a_csv_file_keeps_its_header_and_its_records_of_several_lines) {
  write("f.csv", "\xEF\xBB\xBFmessage,user_id\r\n\"a\r\nb\",1\r\nc,1\r\nd\r\n\r\n\"e\nf\",1\r\n");
  streams = {accepts({{1, invalid(1)}, {3, invalid(3)}})};
  BOOST_TEST(bulk({"f.csv"}) == failed);
  // "d" has too few cells: it is refused without being sent.
  BOOST_TEST(seen == (texts{"a\r\nb", "c", "e\nf"}));
  BOOST_TEST(content_of("f.csv.refused") ==
             "\xEF\xBB\xBFmessage,user_id\r\n\"a\r\nb\",1\r\nd\r\n\"e\nf\",1\r\n");
  // It is CSV too.
  write("f.csv.refused", "message,user_id\na,1\n");
  streams = {accepts()};
  BOOST_TEST(bulk({"f.csv.refused"}) == done);
  BOOST_TEST(seen == texts{"a"});
}

BOOST_AUTO_TEST_CASE(a_corrected_file_is_gone_on_with) {
  write("f.ndjson", lines({"1", "2", "3"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  const auto key_of_2 = keys.at(1);
  // Corrected in its place, and one that is new at the end.
  write("f.ndjson", lines({"1", "two", "3", "4"}));
  streams = {accepts()};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"two", "4"}));
  // A post that was refused is not remembered under its key.
  BOOST_TEST(keys.at(0) == key_of_2);
  BOOST_TEST(out.str() == "2 accepted, 0 refused, 2 answered before, in 0.0 s\n");
  BOOST_TEST(err.str() ==
             "postrider: f.ndjson has changed; its refused line is sent again\n"
             "postrider: f.ndjson.refused of an earlier run is now f.ndjson.refused.old\n");
  BOOST_TEST(!is_there("f.ndjson.refused"));
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(a_file_whose_accepted_lines_changed_is_not) {
  write("f.ndjson", lines({"1", "2", "3"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  const auto state = content_of("f.ndjson.sent");
  for (const auto& changed :
       {lines({"0", "1", "two", "3"}), lines({"one", "two", "3"}), lines({"1", "3"}),
        lines({"3", "two", "1"}), lines({"1", "two"}), std::string()}) {
    write("f.ndjson", changed);
    BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
    BOOST_TEST(seen.empty());
    BOOST_TEST(
        err.str().find("f.ndjson has changed: lines that were accepted") != std::string::npos,
        err.str());
    BOOST_TEST(content_of("f.ndjson.sent") == state);
    BOOST_TEST(content_of("f.ndjson.refused") == lines({"2"}));
  }
}

BOOST_AUTO_TEST_CASE(refused_before_stays_refused_while_nothing_changed) {
  write("f.ndjson", lines({"1", "2"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  // Half corrected, and not to be lost.
  write("f.ndjson.refused", lines({"tw"}));
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(seen.empty());
  BOOST_TEST(out.str() == "0 accepted, 0 refused, 1 answered before, 1 refused before, in 0.0 s\n");
  BOOST_TEST(content_of("f.ndjson.refused") == lines({"tw"}));
}

BOOST_AUTO_TEST_CASE(a_run_that_was_killed_copies_its_lines_when_it_is_gone_on_with) {
  write("f.ndjson", lines({"1", "2", "3"}));
  streams.assign(9, [](const next_line&, const take_piece&) -> outcome<http_reply> {
    return failure::because("cannot reach it");
  });
  streams.front() = [this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
    get(next);
    take(invalid(1));
    return failure::because("cannot reach it");
  };
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  // As if it had been killed before it copied them.
  std::filesystem::remove(folder / "f.ndjson.refused");
  cut_from_state("kept 1-1");
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(seen == (texts{"2", "3"}));
  BOOST_TEST(content_of("f.ndjson.refused") == lines({"1", "3"}));
}

BOOST_AUTO_TEST_CASE(a_new_run_leaves_nothing_of_an_old_one) {
  write("f.ndjson", lines({"1", "2"}));
  write("f.ndjson.refused", lines({"of yesterday"}));
  write("f.ndjson.refused.sent", "postrider bulk 3\n");
  streams = {accepts({{1, invalid(1)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  BOOST_TEST(content_of("f.ndjson.refused") == lines({"1"}));
  BOOST_TEST(!is_there("f.ndjson.refused.sent"));
  // It may have had corrections.
  BOOST_TEST(content_of("f.ndjson.refused.old") == lines({"of yesterday"}));
  BOOST_TEST(is_there("f.ndjson.refused.old.sent"));
  streams = {accepts()};
  BOOST_TEST(bulk({"--again", "f.ndjson"}) == done);
  BOOST_TEST(!is_there("f.ndjson.refused"));
  BOOST_TEST(content_of("f.ndjson.refused.old") == lines({"1"}));
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_not_gone_on_with_while_lines_are_in_doubt) {
  write("f.ndjson", lines({"1", "2", "3"}));
  abandon_after(3);
  const auto state = content_of("f.ndjson.sent");
  const auto keys_before = keys;
  // A line that is new, and one that is corrected: line 2 may have been stored as it was.
  for (const auto& changed : {lines({"1", "new", "2", "3"}), lines({"1", "two", "3"})}) {
    write("f.ndjson", changed);
    BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
    BOOST_TEST(seen.empty());
    BOOST_TEST(said("f.ndjson has changed, and up to 2 of its lines were posted and not answered"),
               err.str());
    BOOST_TEST(said("Put back the file as it was"));
    BOOST_TEST(content_of("f.ndjson.sent") == state);
  }
  write("f.ndjson", lines({"1", "2", "3"}));
  streams = {accepts()};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done);
  BOOST_TEST(keys == texts(keys_before.begin() + 1, keys_before.end()),
             boost::test_tools::per_element());
  write("f.ndjson", lines({"1", "2", "3", "4"}));
  streams = {accepts()};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen == texts{"4"});
  BOOST_TEST(err.str() == "postrider: f.ndjson has changed; what was accepted is not sent again\n");
}

BOOST_AUTO_TEST_CASE(lines_that_the_file_does_not_have_are_not_in_doubt_at_its_end) {
  write("f.ndjson", lines({"1", "2"}));
  streams = {accepts()};
  BOOST_TEST(bulk({"f.ndjson"}) == done);
  // Killed before its end: more lines were noted than there are.
  auto state = content_of("f.ndjson.sent");
  write("f.ndjson.sent", state.erase(state.find("unposted")));
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen.empty());
  write("f.ndjson", lines({"1", "2", "3"}));
  streams = {accepts()};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done, err.str());
  BOOST_TEST(seen == texts{"3"});
}

BOOST_AUTO_TEST_CASE(a_key_of_its_own_that_is_known_with_another_text_is_in_doubt_and_not_refused) {
  write("f.ndjson", lines({"1", "2"}) + R"({"message":"3","idempotency_key":"own"})" + "\n");
  const auto mismatch = [](std::size_t line) { return refused(line, 422, "idempotency_mismatch"); };
  streams = {accepts({{2, mismatch(2)}, {3, mismatch(3)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  BOOST_TEST(out.str().find("line 2: idempotency_mismatch: the line was posted before with another "
                            "text, and that may have been stored") != std::string::npos,
             out.str());
  BOOST_TEST(out.str().ends_with("1 accepted, 1 refused, 1 not taken, in 0.0 s\n"), out.str());
  // The key that the line brings is the client's affair.
  BOOST_TEST(content_of("f.ndjson.refused") ==
             R"({"message":"3","idempotency_key":"own"})" + std::string("\n"));
  write("f.ndjson", lines({"1", "2", "three"}));
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(said("up to 1 of its lines were posted and not answered"), err.str());
  write("f.ndjson", lines({"1", "2"}) + R"({"message":"3","idempotency_key":"own"})" + "\n");
  streams = {accepts({{1, mismatch(1)}})};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(seen == texts{"2"});
  BOOST_TEST(out.str().find("1 not taken") != std::string::npos);
  streams = {accepts({{1, mismatch(1)}})};
  BOOST_TEST(bulk({"--resume", "--in-doubt", "skip", "f.ndjson"}) == failed);
  BOOST_TEST(out.str() == "0 accepted, 0 refused, 2 answered before, 1 refused before, in 0.0 s\n");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(what_was_sent_from_the_refused_lines_is_not_sent_from_the_changed_file) {
  write("f.ndjson", lines({"1", "2", "3"}));
  streams = {accepts({{2, invalid(2)}, {3, invalid(3)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  write("f.ndjson.refused", lines({"two", "3"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson.refused"}) == failed);
  write("f.ndjson", lines({"1", "2", "3", "4"}));
  const auto state = content_of("f.ndjson.sent");
  const auto refuses = [&](const std::string& from) {
    BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
    BOOST_TEST(seen.empty());
    BOOST_TEST(said("f.ndjson has changed, and lines of it were sent from " + from + ": 1 were"),
               err.str());
    BOOST_TEST(content_of("f.ndjson.sent") == state);
    BOOST_TEST(is_there("f.ndjson.refused"));
  };
  refuses("f.ndjson.refused");
  // Also when nothing but what was refused a second time was accepted.
  write("f.ndjson.refused", lines({"2", "3"}));
  streams = {accepts({{1, invalid(1)}, {2, invalid(2)}})};
  BOOST_TEST(bulk({"--again", "f.ndjson.refused"}) == failed);
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson.refused.refused"}) == failed);
  refuses("f.ndjson.refused.refused");
  // When nothing of them was accepted they are corrected where one likes.
  std::filesystem::remove(folder / "f.ndjson.refused.refused.sent");
  streams = {accepts({{1, invalid(1)}, {2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson.refused.refused"}) == failed);
  streams = {accepts()};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done, err.str());
  BOOST_TEST(seen == (texts{"2", "3", "4"}));
}

BOOST_AUTO_TEST_CASE(corrections_stay_when_the_command_cannot_go_on) {
  write("f.ndjson", lines({"1", "2"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  write("f.ndjson.refused", lines({"two"}));
  // The state cannot be written.
  std::filesystem::create_directory(folder / "f.ndjson.sent.new");
  write("f.ndjson", lines({"1", "2", "3"}));
  for (const auto* how : {"--again", "--resume"}) {
    BOOST_TEST(bulk({how, "f.ndjson"}) == failed);
    BOOST_TEST(said("cannot write the progress file f.ndjson.sent"), err.str());
    BOOST_TEST(content_of("f.ndjson.refused") == lines({"two"}));
  }
  std::filesystem::remove(folder / "f.ndjson.sent.new");
  streams = {accepts()};
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == done);
  BOOST_TEST(content_of("f.ndjson.refused.old") == lines({"two"}));
}

BOOST_AUTO_TEST_CASE(refused_lines_that_were_removed_are_copied_again) {
  write("f.ndjson", lines({"1", "2"}));
  streams = {accepts({{2, invalid(2)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  std::filesystem::remove(folder / "f.ndjson.refused");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(content_of("f.ndjson.refused") == lines({"2"}));
}

BOOST_AUTO_TEST_CASE(a_copy_that_was_interrupted_has_each_line_once) {
  write("f.ndjson", lines({"1", "2", "3"}));
  streams = {accepts({{1, invalid(1)}, {3, invalid(3)}})};
  BOOST_TEST(bulk({"f.ndjson"}) == failed);
  const auto whole = content_of("f.ndjson.refused");
  // Noted in the state, and not renamed yet.
  std::filesystem::rename(folder / "f.ndjson.refused", folder / "f.ndjson.refused.new");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(content_of("f.ndjson.refused") == whole);
  BOOST_TEST(!is_there("f.ndjson.refused.new"));
  // Half copied beside the first ones, which were corrected meanwhile.
  write("f.ndjson.refused", lines({"one"}));
  write("f.ndjson.refused.new", lines({"one"}) + "{\"mess");
  cut_from_state("kept 3-3");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(content_of("f.ndjson.refused") == lines({"one", "3"}));
  BOOST_TEST(!is_there("f.ndjson.refused.new"));
  // By a program that copied them in their place.
  write("f.ndjson.refused", lines({"1"}));
  cut_from_state("kept 1-1");
  cut_from_state("kept 3-3");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(content_of("f.ndjson.refused") == whole);
}

BOOST_AUTO_TEST_CASE(advice_has_the_format_that_was_given) {
  write("f.txt", "message,user_id\na,1\n");
  streams = {accepts({{1, invalid(1)}})};
  BOOST_TEST(bulk({"--format", "csv", "f.txt"}) == failed);
  BOOST_TEST(said("send them with: postrider bulk --format csv f.txt.refused\n"), err.str());
  streams = {[](const next_line&, const take_piece&) -> outcome<http_reply> {
    return http_reply{401, "application/problem+json", R"({"code":"unauthorized","detail":"x"})"};
  }};
  write("f.txt", "message,user_id\na,1\nb,2\n");
  BOOST_TEST(bulk({"--format", "csv", "--resume", "f.txt"}) == failed);
  BOOST_TEST(said("continue with: postrider bulk --format csv --resume f.txt\n"), err.str());
}

BOOST_AUTO_TEST_CASE(a_state_of_another_version_is_named) {
  write("f.ndjson", lines({"1"}));
  write("f.ndjson.sent", "postrider bulk 2\n1-1\n");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(said("f.ndjson.sent was written by another version of this program: its format is 2, "
                  "and this one reads 3. Finish the file with the program that began it"),
             err.str());
  write("f.ndjson.sent", "postage\n");
  BOOST_TEST(bulk({"--resume", "f.ndjson"}) == failed);
  BOOST_TEST(said("is not what"), err.str());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
