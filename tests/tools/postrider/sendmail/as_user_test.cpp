#include "tools/postrider/sendmail/as_user.hpp"

#include "tests/tools/postrider/sendmail/spool_world.hpp"

#include <csignal>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace postrider::cli::tests {
namespace {

/// The result of a child with this user's own rights, or the failure.
std::string result_of(const std::function<user_result()>& work,
                      std::chrono::milliseconds limit = time_of_user) {
  const auto result = run_as_user(::geteuid(), work, limit);
  if (!result) return result.error().sentence();
  return std::to_string(result->code) + " " + result->text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(as_user)

BOOST_AUTO_TEST_CASE(a_childs_result_is_that_of_its_work) {
  BOOST_TEST(result_of([] { return user_result{7, "text"}; }) == "7 text");
  BOOST_TEST(result_of([]() -> user_result { throw std::runtime_error("wrong"); }) == "1 wrong");
  const std::string much(200'000, 'x');
  BOOST_TEST(result_of([&] { return user_result{0, much}; }) == "0 " + much);
}

BOOST_AUTO_TEST_CASE(a_child_that_was_killed_is_a_failure) {
  const auto said = result_of([]() -> user_result {
    ::raise(SIGKILL);
    return {};
  });
  BOOST_TEST(said.find("was ended by signal 9") != said.npos, said);
}

/// A child has its user's rights, so that user can stop it; the other users wait for it.
BOOST_AUTO_TEST_CASE(a_child_that_was_stopped_holds_nobody_up) {
  const auto said = result_of(
      []() -> user_result {
        ::raise(SIGSTOP);
        return {};
      },
      std::chrono::milliseconds(300));
  BOOST_TEST(said.find("did not end in time") != said.npos, said);
  // It was ended, and waited for.
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
