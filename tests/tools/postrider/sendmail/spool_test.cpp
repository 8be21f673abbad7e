#include "tools/postrider/sendmail/spool.hpp"

#include "tests/tools/postrider/sendmail/spool_world.hpp"
#include "tools/postrider/sendmail/durable_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace postrider::cli::tests {
namespace {

/// The process can open so many files more.
class few_descriptors {
 public:
  explicit few_descriptors(int count) {
    ::getrlimit(RLIMIT_NOFILE, &usual_);
    const int next = ::dup(STDIN_FILENO);
    ::close(next);
    auto little = usual_;
    little.rlim_cur = static_cast<::rlim_t>(next + count);
    ::setrlimit(RLIMIT_NOFILE, &little);
  }
  few_descriptors(const few_descriptors&) = delete;
  ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &usual_); }

 private:
  ::rlimit usual_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_spools)

BOOST_AUTO_TEST_CASE(mails_keep_their_order_also_when_the_clock_is_set_back) {
  const spool_world world;
  auto spool = world.spool();
  BOOST_TEST(spool.waiting().empty());
  BOOST_TEST(*spool.add(mail_of("one"), at(1'000)) == 1'000U);
  BOOST_TEST(*spool.add(mail_of("two"), at(1'000)) == 1'001U);
  BOOST_TEST(*spool.add(mail_of("three"), at(5)) == 1'002U);
  BOOST_TEST(*spool.add(mail_of("four"), at(20'000)) == 20'000U);
  BOOST_TEST(*spool.add_refused(mail_of("no"), "550 no", at(5)) == 20'001U);
  BOOST_TEST(names(world.spool().waiting()) == "1000 1001 1002 20000");
  BOOST_TEST(names(world.spool().refused()) == "20001");
  BOOST_TEST((spool.read(1'001)->mail == mail_of("two")));
  BOOST_TEST(spool.read(20'001)->reason == "550 no");
  BOOST_TEST(spool.remove(1'001));
  BOOST_TEST(!spool.remove(1'001));
  BOOST_TEST(names(spool.waiting()) == "1000 1002 20000");
}

BOOST_AUTO_TEST_CASE(nobody_else_can_read_it) {
  const spool_world world;
  auto spool = world.spool();
  const auto name = *spool.add(mail_of("one"), at(1'000));
  for (const auto& path : {spool.folder(), spool.folder() + "/refused"}) {
    struct stat found {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0700U);
  }
  struct stat found {};
  BOOST_TEST_REQUIRE(::stat((spool.folder() + "/" + std::to_string(name)).c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_full_spool_says_so_and_stores_nothing) {
  const spool_world world;
  auto few = world.spool({2, 1u << 20});
  few.add(mail_of("one"), at(1));
  few.add_refused(mail_of("two"), "550 no", at(2));
  const auto more = few.add(mail_of("three"), at(3));
  BOOST_TEST_REQUIRE(more.has_error());
  BOOST_TEST(more.error().sentence() ==
             "the spool " + few.folder() +
                 " is full: 2 mails, 1 of them refused, with 0 KiB; see: postrider spool");
  BOOST_TEST(names(few.waiting()) == "1");

  auto small = world.spool({10, 4'000});
  BOOST_TEST(small.add(mail_of(std::string(3'000, 'x')), at(4)).has_value());
  BOOST_TEST(small.add(mail_of(std::string(3'000, 'y')), at(5)).has_error());
  BOOST_TEST(small.add(mail_of("z"), at(6)).has_value());
  // Nothing is left of a mail that had no room.
  std::size_t files = 0;
  for (const auto& one : std::filesystem::directory_iterator(few.folder()))
    files += one.path().filename().string().starts_with(draft_prefix) ? 1 : 0;
  BOOST_TEST(files == 0U);
}

BOOST_AUTO_TEST_CASE(a_mail_that_was_not_written_to_its_end_is_none) {
  const spool_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  // The program ended between the write and the rename.
  const auto left = *write_draft(spool.folder(), spool_file_text({mail_of("two"), ""}));
  BOOST_TEST(names(spool.waiting()) == "1");
  const auto now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  spool.sweep(now);
  BOOST_TEST(std::filesystem::exists(left), "its writer may still be at work");
  spool.sweep(now + std::chrono::hours(2));
  BOOST_TEST(!std::filesystem::exists(left));
  BOOST_TEST(names(spool.waiting()) == "1");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_mails_are_known) {
  const std::string whole = spool_file_text({mail_of("one"), ""});
  BOOST_TEST((read_spool_file(whole)->mail == mail_of("one")));
  const auto report = spooled_mail{{"", {"b@x", "c@x"}, "\r\n"}, "550 a\nb"};
  BOOST_TEST((read_spool_file(spool_file_text(report))->mail == report.mail));
  BOOST_TEST(read_spool_file(spool_file_text(report))->reason == "550 a b");
  for (std::size_t size = 0; size < whole.size(); ++size)
    BOOST_TEST(read_spool_file(whole.substr(0, size)).has_error(), size);
  BOOST_TEST(read_spool_file(whole + "x").has_error());
  for (const auto* broken :
       {"", "\n", "postrider-mail 2\nto a@b\nbytes 0\n\n", "postrider-mail 1\nbytes 0\n\n",
        "postrider-mail 1\nto a@b\n\n", "postrider-mail 1\nto a@b\nbytes x\n\n",
        "postrider-mail 1\nto a@b\nbytes 99999999999999999999999\n\n",
        "postrider-mail 1\nto a@b\rRCPT TO:<c@d>\nbytes 0\n\n"})
    BOOST_TEST(read_spool_file(broken).has_error(), broken);
}

BOOST_AUTO_TEST_CASE(other_files_in_the_folder_are_left_alone) {
  const spool_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(7));
  for (const auto* name : {"spool/README", "spool/07", "spool/7x", "spool/-7", "spool/7.1"})
    world.write(name, "x");
  BOOST_TEST(names(spool.waiting()) == "7");
  std::filesystem::create_symlink("/etc/passwd", spool.folder() + "/8");
  std::filesystem::create_directory(spool.folder() + "/9");
  BOOST_TEST(names(spool.waiting()) == "7 8 9");
  BOOST_TEST(spool.read(8).has_error());
  BOOST_TEST(spool.read(9).has_error());
  BOOST_TEST(spool.set_aside(8).has_value());
  BOOST_TEST(names(spool.waiting()) == "7 9");
}

BOOST_AUTO_TEST_CASE(the_folder_of_another_user_is_not_used) {
  const spool_world world;
  std::filesystem::create_symlink("/tmp", world.folder / "spool");
  BOOST_TEST(world.spool().add(mail_of("one"), at(1)).error().sentence() ==
             (world.folder / "spool").string() + " is not a folder");
  if (::geteuid() != 0) return;
  std::filesystem::create_directory(world.folder / "theirs");
  BOOST_TEST_REQUIRE(::chown((world.folder / "theirs").c_str(), 65'534, 65'534) == 0);
  BOOST_TEST(mail_spool(world.folder / "theirs").add(mail_of("one"), at(1)).error().sentence() ==
             "the folder " + (world.folder / "theirs").string() +
                 " belongs to another user; have root remove it");
}

BOOST_AUTO_TEST_CASE(one_process_sends_at_a_time) {
  const spool_world world;
  auto spool = world.spool(), other = world.spool();
  BOOST_TEST(spool.begin_sending().error().sentence() ==
             "the file " + spool.folder() +
                 "/.sending cannot be locked: No such file or directory");
  spool.add(mail_of("one"), at(1));
  {
    const auto first = spool.begin_sending();
    BOOST_TEST(first->has_value());
    BOOST_TEST(!other.begin_sending()->has_value());
    BOOST_TEST(other.add(mail_of("two"), at(2)).has_value(), "mails come all the time");
  }
  BOOST_TEST(other.begin_sending()->has_value());
}

BOOST_AUTO_TEST_CASE(a_spool_that_cannot_be_locked_takes_nothing) {
  const spool_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  std::filesystem::remove(spool.folder() + "/.adding");
  std::filesystem::create_directory(spool.folder() + "/.adding");
  BOOST_TEST(spool.add(mail_of("two"), at(2)).error().sentence() ==
             "the file " + spool.folder() + "/.adding cannot be locked: Is a directory");
  BOOST_TEST(names(spool.waiting()) == "1");
}

BOOST_AUTO_TEST_CASE(a_mail_whose_name_cannot_be_synced_is_not_in_the_spool) {
  const spool_world world;
  auto spool = world.spool();
  spool.add(mail_of("one"), at(1));
  {
    // One more descriptor is the lock's: the folder cannot be opened for its sync.
    const few_descriptors left(1);
    BOOST_TEST(spool.add(mail_of("two"), at(2)).error().sentence() ==
               "cannot sync " + spool.folder() + ": Too many open files");
  }
  BOOST_TEST(names(spool.waiting()) == "1");
  BOOST_TEST(*spool.add(mail_of("two"), at(2)) == 2U);
}

BOOST_AUTO_TEST_CASE(mails_of_many_writers_are_all_there) {
  const spool_world world;
  constexpr int writers = 8, each = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&world] {
      auto spool = world.spool();
      for (int n = 0; n < each; ++n)
        if (!spool.add(mail_of("x"), at(1))) std::abort();
    });
  for (auto& one : threads)
    one.join();
  BOOST_TEST(world.spool().waiting().size() == std::size_t(writers * each));
}

BOOST_AUTO_TEST_CASE(refused_mails_are_kept_and_may_wait_again) {
  const spool_world world;
  auto spool = world.spool({2, 1u << 20});
  const auto first = *spool.add(mail_of("one", {"b@x", "c@x"}), at(1));
  spool.add(mail_of("two"), at(2));
  BOOST_TEST(spool.refuse(first, mail_of("one", {"c@x"}), "550 no").has_value());
  BOOST_TEST(spool.keep(first, mail_of("one", {"b@x"})).has_value());
  BOOST_TEST(names(spool.waiting()) == "1 2");
  BOOST_TEST((spool.read(first)->mail == mail_of("one", {"b@x"})));
  BOOST_TEST(spool.remove(first));
  BOOST_TEST((spool.read(first)->mail == mail_of("one", {"c@x"})));
  // Though the spool is full.
  BOOST_TEST(*spool.wait_again(first, at(1)) == 3U);
  BOOST_TEST(names(spool.waiting()) == "2 3");
  BOOST_TEST(spool.refused().empty());
  BOOST_TEST(spool.wait_again(first, at(1)).has_error());
}

BOOST_AUTO_TEST_CASE(the_last_failure_is_remembered_until_a_success) {
  const spool_world world;
  auto spool = world.spool();
  BOOST_TEST(!spool.last_failure());
  spool.add(mail_of("one"), at(1));
  spool.note_failure("away");
  BOOST_TEST(world.spool().last_failure()->reason == "away");
  spool.note_success();
  BOOST_TEST(!spool.last_failure());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
