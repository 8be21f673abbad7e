#include "tests/persistence/ledger_fixture.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

namespace postrider::test {

namespace fs = std::filesystem;

/// The file of the database, and what can happen to it. On SQLite only.
struct storage_fixture : ledger_fixture {
  std::string path() const { return settings.url.substr(std::string("sqlite:").size()); }
  std::string log() const { return path() + "-wal"; }
  static bool no_file() { return on_mysql() || in_memory(); }

  /// Another file of the same folder, gone at the end.
  std::string other(const std::string& suffix) {
    others.push_back(path() + suffix);
    return others.back();
  }
  /// The database has no user any more, as after the end of its process.
  void shut() {
    writer.reset();
    queries.reset();
    close();
  }
  ~storage_fixture() {
    shut();
    for (const auto& one : others)
      for (const char* suffix : {"", "-wal", "-shm", ".lock"})
        fs::remove(one + suffix);
  }

  ledger_error refusal(const std::string& name) {
    auto as_named = settings;
    as_named.url = "sqlite:" + name;
    const auto opened = open_database(as_named);
    BOOST_REQUIRE_MESSAGE(opened.has_error(), name + " was opened");
    return opened.error();
  }
  void check_says(const ledger_error& error, std::initializer_list<const char*> words) {
    for (const char* word : words)
      BOOST_TEST(error.message.find(word) != std::string::npos, error.message << " lacks " << word);
  }

  /// A copy as a crash leaves it: while the database is open, with its log.
  std::string crashed_copy(const std::string& suffix) {
    const auto copy = other(suffix);
    fs::copy_file(path(), copy);
    fs::copy_file(log(), copy + "-wal");
    return copy;
  }
  /// All that was committed is in the file; the log is empty.
  std::string whole_copy(const std::string& suffix) {
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto copy = other(suffix);
    fs::copy_file(path(), copy);
    return copy;
  }
  bool opens(const std::string& name) {
    auto as_named = settings;
    as_named.url = "sqlite:" + name;
    const auto opened = open_database(as_named);
    if (!opened) BOOST_TEST_MESSAGE(opened.error().message);
    return opened.has_value();
  }

  std::vector<std::string> others;
};

BOOST_FIXTURE_TEST_SUITE(storage, storage_fixture)

BOOST_AUTO_TEST_CASE(a_symbolic_link_to_the_file_is_the_file) {
  if (no_file()) return;
  const auto link = other("-link.db");
  fs::create_symlink(fs::path(path()).filename(), link);
  const auto refused = refusal(link);
  BOOST_TEST(refused.code == ledger_errc::in_use);
  check_says(refused, {"is used by another process", "stop that one first"});
  BOOST_TEST(!fs::exists(link + ".lock"));
  shut();
  BOOST_TEST(opens(link));
}

BOOST_AUTO_TEST_CASE(a_link_to_a_file_that_is_not_there_yet_names_that_file) {
  if (no_file()) return;
  const auto target = other("-target.db"), link = other("-link.db");
  fs::create_symlink(target, link);
  BOOST_TEST(opens(link));
  BOOST_TEST(fs::exists(target));
  BOOST_TEST(fs::is_symlink(link));
  const auto loop = other("-loop.db");
  fs::create_symlink(loop, loop);
  check_says(refusal(loop), {"cannot open", "check database.url"});
}

BOOST_AUTO_TEST_CASE(a_second_hard_link_is_refused_with_what_to_do) {
  if (no_file()) return;
  const auto second = other("-second.db");
  shut();
  fs::create_hard_link(path(), second);
  for (const auto& name : {path(), second}) {
    const auto refused = refusal(name);
    BOOST_TEST(refused.code == ledger_errc::bad_settings);
    check_says(refused, {"2 names (hard links)", "remove the other names", "-inum"});
  }
  fs::remove(second);
  BOOST_TEST(opens(path()));
}

BOOST_AUTO_TEST_CASE(nothing_is_stored_while_the_file_is_away_and_all_is_well_when_it_is_back) {
  if (no_file()) return;
  const auto aside = other("-aside.db");
  apply({accept()});
  BOOST_TEST(database().check_storage().has_value());
  fs::rename(path(), aside);
  const auto found = database().check_storage();
  BOOST_REQUIRE(found.has_error());
  BOOST_TEST(found.error().code == ledger_errc::no_writes);
  check_says(found.error(), {"was removed or renamed", "Do not stop this process"});
  const auto what = accept();
  BOOST_TEST(writer->apply(batch({what})).error().code == ledger_errc::no_writes);
  // No empty database in its place.
  BOOST_TEST(!fs::exists(path()));
  fs::rename(aside, path());
  BOOST_TEST(database().check_storage().has_value());
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(status_of(what) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(another_file_under_the_name_is_seen) {
  if (no_file()) return;
  const auto aside = other("-aside.db");
  apply({accept()});
  fs::rename(path(), aside);
  std::ofstream(path()) << "";
  check_says(writer->apply(batch({accept()})).error(), {"was replaced by another file"});
  // Another process may have put its own log there: it is not ours to delete.
  const auto restored_log = other("-restored");
  fs::rename(log(), restored_log);
  std::ofstream(log()) << "of the other file";
  shut();
  BOOST_TEST(fs::exists(log()));
  BOOST_TEST(fs::file_size(log()) == 17);
}

BOOST_AUTO_TEST_CASE(a_log_that_was_removed_is_seen) {
  if (no_file()) return;
  apply({accept()});
  fs::remove(log());
  check_says(writer->apply(batch({accept()})).error(), {"-wal was removed"});
}

BOOST_AUTO_TEST_CASE(a_link_that_leads_elsewhere_by_now_is_seen) {
  if (no_file()) return;
  const auto link = other("-link.db"), elsewhere = other("-elsewhere.db");
  writer.reset();
  queries.reset();
  fs::create_symlink(path(), link);
  settings.url = "sqlite:" + link;
  auto& opened = open();
  std::ofstream(elsewhere) << "";
  fs::remove(link);
  fs::create_symlink(elsewhere, link);
  const auto found = opened.check_storage();
  BOOST_REQUIRE(found.has_error());
  check_says(found.error(), {"-link.db was replaced"});
  close();
}

BOOST_AUTO_TEST_CASE(a_commit_into_a_file_that_was_just_removed_is_not_acknowledged) {
  if (no_file()) return;
  const auto aside = other("-aside.db");
  settings.fault = [&](std::string_view point) {
    if (point == "before_commit" && !fs::exists(aside)) fs::rename(path(), aside);
  };
  writer.reset();
  queries.reset();
  const auto what = accept();
  auto commits = open().open_ledger();
  const auto own = commits->register_node({"boot", "pid:[1]", 43, 7}, "here", seconds(30)).value();
  const auto applied = commits->apply({own, now, {what}});
  BOOST_REQUIRE(applied.has_error());
  BOOST_TEST(applied.error().code == ledger_errc::unknown_result);
  const auto asked = commits->resolve();
  BOOST_REQUIRE(asked.has_error());
  BOOST_TEST(asked.error().code == ledger_errc::unknown_result);
  BOOST_TEST(asked.error().cause == ledger_errc::no_writes);
  fs::rename(aside, path());
  // It was committed, and now it counts.
  BOOST_TEST(commits->resolve().has_value());
  commits.reset();
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_at_its_end_is_refused_with_what_to_do) {
  if (no_file()) return;
  for (int i = 0; i < 20; ++i)
    apply({accept(20)});
  int number = 0;
  for (const std::uintmax_t cut : {1, 100, 4095, 4096, 4097, 40'960}) {
    BOOST_TEST_CONTEXT("a file that lacks " << cut << " bytes") {
      const auto copy = whole_copy("-cut" + std::to_string(++number));
      fs::resize_file(copy, fs::file_size(copy) - cut);
      const auto refused = refusal(copy);
      BOOST_TEST(refused.code == ledger_errc::no_writes);
      check_says(refused, {"is cut at its end", "Restore a backup", ".recover"});
    }
  }
  const auto stub = whole_copy("-stub");
  fs::resize_file(stub, 50);
  check_says(refusal(stub), {"its beginning is damaged"});
  BOOST_TEST(opens(whole_copy("-whole")));
}

BOOST_AUTO_TEST_CASE(pages_that_are_only_in_the_log_are_not_missing) {
  if (no_file()) return;
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto before = fs::file_size(path());
  for (int i = 0; i < 20; ++i)
    apply({accept(20)});
  // As a crash leaves it: the newest pages are in the log.
  BOOST_TEST(fs::file_size(path()) == before);
  BOOST_TEST(opens(crashed_copy("-crashed")));
  // A crash in the middle of a checkpoint: the header has been copied, the last pages have not.
  const auto half = crashed_copy("-half"), done = whole_copy("-done");
  fs::copy_file(done, half, fs::copy_options::overwrite_existing);
  fs::resize_file(half, fs::file_size(half) - 4096);
  BOOST_TEST(opens(half));
  // The log has the newest pages only, and cannot make up for an old one.
  const auto cut = crashed_copy("-cut");
  fs::copy_file(done, cut, fs::copy_options::overwrite_existing);
  fs::resize_file(cut, before - 4096);
  fs::remove(cut + "-wal");
  check_says(refusal(cut), {"is cut at its end"});
}

BOOST_AUTO_TEST_CASE(a_log_without_its_database_is_not_thrown_away) {
  if (no_file()) return;
  apply({accept()});
  const auto emptied = crashed_copy("-emptied");
  fs::resize_file(emptied, 0);
  check_says(refusal(emptied), {"is empty, but", "-wal has messages"});
  BOOST_TEST(fs::file_size(emptied + "-wal") > 0);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_named_and_known_to_have_changed_nothing) {
  if (no_file()) return;
  apply({accept()});
  struct room {
    explicit room(rlim_t bytes) {
      ::signal(SIGXFSZ, SIG_IGN);
      ::getrlimit(RLIMIT_FSIZE, &before);
      const rlimit limit{bytes, before.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~room() { ::setrlimit(RLIMIT_FSIZE, &before); }
    rlimit before{};
  };
  const auto what = accept(200);
  {
    const room none(fs::file_size(log()));
    const auto applied = writer->apply(batch({what}));
    BOOST_REQUIRE(applied.has_error());
    BOOST_TEST(applied.error().code == ledger_errc::full, applied.error().message);
    check_says(applied.error(), {"make room", ".db"});
    const auto rehearsed = writer->rehearse(batch({what}));
    BOOST_REQUIRE(rehearsed.has_error());
    BOOST_TEST(rehearsed.error().code == ledger_errc::full, rehearsed.error().message);
  }
  BOOST_TEST(writer->rehearse(batch({what})).has_value());
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(status_of(what) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
