#include "tests/tools/postrider/bulk_world.hpp"

namespace postrider::cli::tests {

BOOST_FIXTURE_TEST_SUITE(bulk_, bulk_world)

BOOST_AUTO_TEST_CASE(sends_a_file_and_says_how_it_went) {
  write_lines(3);
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"1", "2", "3"}));
  BOOST_TEST(out.str() == "3 accepted, 0 refused, in 0.0 s\n");
  BOOST_TEST(err.str() == "");
}

BOOST_AUTO_TEST_CASE(tells_of_refused_lines_by_their_number_in_the_file) {
  write("f.csv", "message,user_id\n\"a\nb\",1\nc,1\nd\ne,1\n");
  streams = {accepts({{2, R"({"line":2,"status":422,"code":"invalid","detail":"why","errors":[)"
                          R"({"pointer":"/user_id","code":"x","detail":"must be 2"}]})"
                          "\n"}})};
  BOOST_TEST(run({"bulk", "f.csv"}) == failed);
  BOOST_TEST(seen == (texts{"a\nb", "c", "e"}));
  BOOST_TEST(out.str() ==
             "line 4: invalid: why\n  /user_id: must be 2\n"
             "line 5: unreadable: it has 1 cells, the header has 2\n"
             "2 accepted, 2 refused, in 0.0 s\n");
}

BOOST_AUTO_TEST_CASE(gives_every_answer_to_machines) {
  write("f.ndjson", "\n{\"message\":\"1\"}\n\n{\"message\":\"2\"}\n");
  streams = {accepts({{2, refused(2, 422, "invalid")}})};
  BOOST_TEST(run({"bulk", "--json", "f.ndjson"}) == failed);
  BOOST_TEST(out.str() ==
             "{\"line\":2,\"message_id\":\"m\"}\n"
             "{\"line\":4,\"status\":422,\"code\":\"invalid\",\"detail\":\"why\"}\n"
             "{\"accepted\":1,\"refused\":1,\"answered_before\":0,\"refused_before\":0,"
             "\"not_taken\":0,"
             "\"seconds\":0E0}\n");
}

BOOST_AUTO_TEST_CASE(sends_ten_thousand_lines_in_a_request) {
  write_lines(10'001);
  streams = {accepts(), accepts()};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(streams.empty());
  BOOST_TEST(seen.size() == 10'001U);
  BOOST_TEST(seen.back() == "10001");
}

BOOST_AUTO_TEST_CASE(sends_with_the_same_key_what_a_broken_connection_left_open) {
  write_lines(4);
  streams = {[this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
               while (get(next))
                 ;
               take(accepted(1));
               take(accepted(2).substr(0, 5));
               return failure::because("the connection is gone");
             },
             accepts()};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"1", "2", "3", "4", "2", "3", "4"}));
  BOOST_TEST(texts(keys.begin() + 1, keys.begin() + 4) == texts(keys.begin() + 4, keys.end()));
  BOOST_TEST(out.str().starts_with("4 accepted, 0 refused, in "));
}

BOOST_AUTO_TEST_CASE(comes_again_with_what_the_server_had_no_room_for) {
  write_lines(4);
  streams = {accepts({{1, refused(1, 503, "overloaded")}, {3, refused(3, 408, "request_timeout")}}),
             accepts()};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"1", "2", "3", "4", "1", "3"}));
}

BOOST_AUTO_TEST_CASE(waits_as_long_as_the_rate_of_its_key_wants) {
  write_lines(3);
  const auto limited = [this](const next_line& next, const take_piece& take) {
    get(next);
    take(refused(1, 429, "rate_limited"));
    BOOST_TEST(next() == "");
    return ok();
  };
  // Longer than a line that the server has no room for would be tried.
  for (int i = 0; i < 12; ++i)
    streams.push_back(limited);
  streams.push_back(accepts());
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(seen.size() == 15U);
  BOOST_TEST(out.str() == "3 accepted, 0 refused, in 60.0 s\n");
}

BOOST_AUTO_TEST_CASE(a_server_that_goes_away_while_it_waits_for_the_rate_is_not_tried_for_ever) {
  write_lines(1);
  const auto limited = [this](const next_line& next, const take_piece& take) {
    get(next);
    take(refused(1, 429, "rate_limited"));
    return ok();
  };
  const auto gone = [](const next_line&, const take_piece&) -> outcome<http_reply> {
    return failure::because("connection refused");
  };
  for (int i = 0; i < 7; ++i)
    streams.push_back(limited);
  for (int i = 0; i < 8; ++i)
    streams.push_back(gone);
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(streams.empty());
  BOOST_TEST(err.str().find("connection refused") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_that_ends_on_the_way_is_no_fault_of_a_line) {
  write_lines(3);
  streams = {[this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
               while (get(next))
                 ;
               take(accepted(1) + refused(2, 401, "unauthorized"));
               return ok();
             },
             [this](const next_line& next, const take_piece&) -> outcome<http_reply> {
               get(next);
               return http_reply{401, "application/problem+json",
                                 R"({"code":"unauthorized","detail":"x"})"};
             }};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(out.str().starts_with("1 accepted, 0 refused, "));
  out.str("");
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == done);
  BOOST_TEST(out.str().starts_with("2 accepted, 0 refused, "));
}

BOOST_AUTO_TEST_CASE(sends_what_the_server_did_not_read) {
  write_lines(3);
  streams = {[this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
               get(next);
               take(accepted(1) + refused(2, 503, "draining"));
               return ok();
             },
             accepts()};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"1", "2", "3"}));
}

BOOST_AUTO_TEST_CASE(gives_up_and_goes_on_later_where_it_stopped) {
  write_lines(3);
  const line_server gone = [](const next_line&, const take_piece&) -> outcome<http_reply> {
    return failure::because("cannot reach it");
  };
  streams = {[this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
               get(next);
               get(next);
               take(accepted(1));
               return failure::because("cannot reach it");
             },
             gone,
             gone,
             gone,
             gone,
             gone,
             gone,
             gone,
             gone};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(streams.empty());
  BOOST_TEST(err.str() ==
             "postrider: cannot reach it\n"
             "postrider: continue with: postrider bulk --resume f.ndjson\n");
  // A server has time to start again.
  BOOST_TEST((now.time_since_epoch() > std::chrono::seconds(15)));
  seen.clear();
  const auto key_of_2 = keys.at(1);
  keys.clear();
  out.str("");
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"2", "3"}));
  BOOST_TEST(keys.front() == key_of_2);
  BOOST_TEST(out.str() == "2 accepted, 0 refused, 1 answered before, in 0.0 s\n");
}

/// Four lines: two are answered when the command is given up, and two were posted.
struct abandoned_world : bulk_world {
  abandoned_world() {
    write_lines(5);
    variables["POSTRIDER_KEY"] = key('a');
    const line_server gone = [](const next_line&, const take_piece&) -> outcome<http_reply> {
      return failure::because("cannot reach it");
    };
    streams.assign(9, gone);
    streams.front() = [this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
      for (int i = 0; i < 4; ++i)
        get(next);
      take(accepted(1) + accepted(2));
      return failure::because("cannot reach it");
    };
    BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
    BOOST_TEST(streams.empty());
    forget_output();
  }
  static std::string key(char first) {
    return "pr_" + std::string(1, first) + std::string(42, 'x');
  }
  void forget_output() {
    seen.clear();
    out.str("");
    err.str("");
  }
  std::string state() const {
    std::ostringstream all;
    all << std::ifstream(folder / "f.ndjson.sent").rdbuf();
    return all.str();
  }
};

BOOST_FIXTURE_TEST_CASE(posts_again_what_a_server_still_knows, abandoned_world) {
  now += std::chrono::hours(22);
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"3", "4", "5"}));
  BOOST_TEST(state().find("key pr_axxxxxxx\n") != std::string::npos);
  BOOST_TEST(state().find(key('a')) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(does_not_post_again_what_a_server_may_have_forgotten, abandoned_world) {
  now += std::chrono::hours(25);
  const auto before = state();
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  BOOST_TEST(err.str() ==
             "postrider: lines 3-4 may have been stored: posted 25 hours ago, and never answered. "
             "A server recognises them for 24 hours only. Look whether their messages are there "
             "(GET /v1/transactions), then --resume with --in-doubt send to post these lines "
             "again, or with --in-doubt skip to leave them out\n");
  BOOST_TEST(state() == before);
  forget_output();
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--resume", "--in-doubt", "skip", "f.ndjson"}) == done);
  BOOST_TEST(seen == texts{"5"});
  BOOST_TEST(err.str() == "postrider: lines 3-4 of f.ndjson left out\n");
  BOOST_TEST(out.str() == "1 accepted, 0 refused, 4 answered before, in 0.0 s\n");
}

BOOST_FIXTURE_TEST_CASE(posts_again_what_may_be_forgotten_when_told_so, abandoned_world) {
  now += std::chrono::hours(25);
  streams = {[this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
    get(next);
    get(next);
    take(accepted(1));
    return http_reply{401, "application/problem+json", R"({"code":"unauthorized","detail":"x"})"};
  }};
  BOOST_TEST(run({"bulk", "--resume", "--in-doubt", "send", "f.ndjson"}) == failed);
  BOOST_TEST(seen == (texts{"3", "4"}));
  // They were posted just now, so nothing is in doubt any more.
  forget_output();
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == done);
  BOOST_TEST(seen == (texts{"4", "5"}));
}

BOOST_FIXTURE_TEST_CASE(goes_on_with_the_same_api_key_only, abandoned_world) {
  variables["POSTRIDER_KEY"] = key('b');
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  BOOST_TEST(err.str().find("lines 3-4 may have been stored: posted less than two hours ago with "
                            "the API key pr_axxxxxxx (now it is pr_bxxxxxxx), and never") !=
             std::string::npos);
  BOOST_TEST(err.str().find("continue with it, or ") != std::string::npos);
  variables["POSTRIDER_KEY"] = key('a');
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == done);
  // When nothing is in doubt any key will do, at any time.
  variables["POSTRIDER_KEY"] = key('b');
  now += std::chrono::hours(100);
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == done);
}

BOOST_AUTO_TEST_CASE(what_was_surely_not_stored_is_never_in_doubt) {
  write_lines(3);
  std::map<std::size_t, std::string> busy;
  for (std::size_t line = 1; line <= 3; ++line)
    busy.emplace(line, refused(line, 503, "overloaded"));
  streams.assign(8, accepts(busy));
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  now += std::chrono::hours(100);
  // The rest was not read, as the last answer says.
  streams.assign(8, [this](const next_line& next, const take_piece& take) -> outcome<http_reply> {
    while (get(next))
      ;
    take(refused(1, 503, "draining"));
    return ok();
  });
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  now += std::chrono::hours(100);
  // Whether these were stored is not known.
  for (std::size_t line = 1; line <= 3; ++line)
    busy[line] = refused(line, 504, "timeout");
  streams.assign(8, accepts(busy));
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  now += std::chrono::hours(100);
  err.str("");
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  BOOST_TEST(err.str().find("lines 1-3 may have been stored") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keeps_the_keys_that_lines_bring) {
  write("f.ndjson", "{\"message\":\"1\",\"idempotency_key\":\"order-1\"}\n{\"message\":\"2\"}\n");
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(keys.at(0) == "order-1");
  BOOST_TEST(keys.at(1).starts_with("bulk-"));
}

BOOST_AUTO_TEST_CASE(never_sends_a_file_twice_by_mistake) {
  write_lines(2);
  streams = {accepts({{2, refused(2, 422, "invalid")}})};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(err.str().find("--resume") != std::string::npos);
  // A line is still refused.
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  BOOST_TEST(seen.size() == 2U);
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--again", "f.ndjson"}) == done);
  BOOST_TEST(seen.size() == 4U);
  BOOST_TEST(keys.at(0) != keys.at(2));
  write("f.ndjson", "{\"message\":\"0\"}\n{\"message\":\"2\"}\n");
  err.str("");
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  BOOST_TEST(err.str().find("has changed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stops_when_the_server_refuses_the_request) {
  write_lines(2);
  streams = {[](const next_line&, const take_piece&) -> outcome<http_reply> {
    return http_reply{401, "application/problem+json", R"({"code":"unauthorized","detail":"no"})"};
  }};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(err.str().find("401 unauthorized") != std::string::npos);
  streams = {[](const next_line& next, const take_piece& take) -> outcome<http_reply> {
    next();
    take("<html>\n");
    return ok();
  }};
  BOOST_TEST(run({"bulk", "--resume", "f.ndjson"}) == failed);
  BOOST_TEST(err.str().find("not from Postrider") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(does_not_send_one_record_for_ever) {
  write_lines(2);
  for (int i = 0; i < 9; ++i)
    streams.push_back(accepts({{1, refused(1, 503, "overloaded")}}));
  BOOST_TEST(run({"bulk", "f.ndjson"}) == failed);
  BOOST_TEST(streams.empty());
  BOOST_TEST(err.str().find("busy") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reads_the_standard_input_and_keeps_no_state) {
  in.str("message,user_id\na,1\n");
  streams = {accepts()};
  BOOST_TEST(run({"bulk", "--format", "csv", "-"}) == done);
  BOOST_TEST(seen == texts{"a"});
  BOOST_TEST(std::filesystem::is_empty(folder));
  BOOST_TEST(run({"bulk", "--resume", "-"}) == usage);
  BOOST_TEST(run({"bulk", "--resume", "--again", "x"}) == usage);
}

BOOST_AUTO_TEST_CASE(a_wrong_header_sends_nothing) {
  write("f.csv", "mesage\na\n");
  BOOST_TEST(run({"bulk", "f.csv"}) == failed);
  BOOST_TEST(err.str().find("did you mean \"message\"?") != std::string::npos);
  BOOST_TEST(!std::filesystem::exists("f.csv.sent"));
  BOOST_TEST(run({"bulk", "missing.ndjson"}) == failed);
  BOOST_TEST(run({"bulk", "."}) == failed);
}

BOOST_AUTO_TEST_CASE(draws_a_bar_on_a_terminal_and_lines_elsewhere) {
  const line_server slow = [this](const next_line& next, const take_piece& take) {
    for (std::size_t line = 1; get(next); ++line) {
      now += std::chrono::seconds(3);
      take(accepted(line));
    }
    return outcome<http_reply>(ok());
  };
  write_lines(4);
  streams = {slow};
  BOOST_TEST(run({"bulk", "f.ndjson"}) == done);
  BOOST_TEST(err.str() ==
             "[###############               ]  50%  2 sent, 0/s, 0 refused, 6s left\n"
             "[##############################] 100%  4 sent, 0/s, 0 refused\n");
  err.str("");
  terminal = true;
  streams = {slow};
  BOOST_TEST(run({"bulk", "--again", "f.ndjson"}) == done);
  BOOST_TEST(err.str().starts_with("\r\x1b[K[#######                       ]  25%  1 sent"));
  BOOST_TEST(err.str().ends_with("\r\x1b[K"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
