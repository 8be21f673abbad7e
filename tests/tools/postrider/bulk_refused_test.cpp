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
  BOOST_TEST(
      err.str() ==
      "postrider: the refused lines are in f.ndjson.refused; correct them there and send them "
      "with: postrider bulk f.ndjson.refused\n");
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
  BOOST_TEST(err.str() == "postrider: f.ndjson has changed; its 1 refused lines are sent again\n");
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
  auto state = content_of("f.ndjson.sent");
  const auto kept = state.find("kept 1-1\n");
  BOOST_REQUIRE(kept != state.npos);
  write("f.ndjson.sent", state.erase(kept, 9));
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
  streams = {accepts()};
  BOOST_TEST(bulk({"--again", "f.ndjson"}) == done);
  BOOST_TEST(!is_there("f.ndjson.refused"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
