#include "actors/providers/transfer/wire/name_resolver.hpp"

#include "tests/actors/providers/transfer/wire/loop_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace postrider::actors::wire {
namespace {

using namespace std::chrono_literals;

/// A resolver that answers some names only when it is told to.
class scripted_lookup {
 public:
  host_addresses operator()(const std::string& host) {
    std::unique_lock lock(mutex_);
    ++asked_;
    if (host.starts_with("hanging")) changed_.wait_for(lock, 60s, [&] { return released_; });
    if (host == "nobody.test") return {{}, "there is no such host"};
    return {{tcp::endpoint(net::ip::make_address("192.0.2.1"), 0)}, {}};
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  int asked_ = 0;
};

struct resolver_fixture : loop_fixture {
  std::shared_ptr<scripted_lookup> script = std::make_shared<scripted_lookup>();
  std::optional<name_resolver> resolver;
  int answered = 0;

  resolver_fixture() {
    resolver.emplace(io, [script = script](const std::string& host) { return (*script)(host); });
  }
  std::shared_ptr<host_question> ask(const std::string& host) {
    const auto question = std::make_shared<host_question>(io.get_executor());
    resolver->ask(host, question);
    spawn([this, question]() -> awaitable<void> {
      co_await question->answered.wait();
      ++answered;
    });
    return question;
  }
  void run_until_answered(int count) {
    const auto end = clock::now() + 60s;
    io.restart();
    while (answered < count && clock::now() < end)
      io.run_for(5ms);
  }
};

BOOST_FIXTURE_TEST_SUITE(name_resolvers, resolver_fixture)

BOOST_AUTO_TEST_CASE(names_that_hang_delay_no_other) {
  for (int i = 0; i < 20; ++i)
    ask("hanging-" + std::to_string(i));
  const auto good = ask("good.test");
  run_until_answered(1);
  BOOST_TEST(answered == 1);
  BOOST_TEST(good->answer.addresses.size() == 1u);
  script->release();
  run_until_answered(21);
  BOOST_TEST(answered == 21);
}

BOOST_AUTO_TEST_CASE(more_names_than_threads_are_all_answered) {
  constexpr int count = 3 * static_cast<int>(name_resolver::max_threads);
  for (int i = 0; i < count; ++i)
    ask("hanging-" + std::to_string(i));
  script->release();
  run_until_answered(count);
  BOOST_TEST(answered == count);
}

BOOST_AUTO_TEST_CASE(many_questions_for_one_name_are_one_lookup_and_its_answer_is_kept) {
  for (int i = 0; i < 10; ++i)
    ask("hanging.test");
  script->release();
  run_until_answered(10);
  BOOST_TEST(script->asked() == 1);
  ask("hanging.test");
  run_until_answered(11);
  BOOST_TEST(script->asked() == 1);
}

BOOST_AUTO_TEST_CASE(a_name_without_an_address_is_asked_for_again) {
  const auto first = ask("nobody.test");
  run_until_answered(1);
  BOOST_TEST(first->answer.addresses.empty());
  BOOST_TEST(first->answer.error == "there is no such host");
  ask("nobody.test");
  run_until_answered(2);
  BOOST_TEST(script->asked() == 2);
}

BOOST_AUTO_TEST_CASE(addresses_need_no_lookup) {
  for (const auto* host : {"127.0.0.1", "::1", "0x7f.1", "2130706433"}) {
    const auto question = ask(host);
    BOOST_TEST(question->answer.addresses.size() == 1u, host);
    BOOST_TEST(question->answer.addresses.front().address().is_loopback(), host);
  }
  BOOST_TEST(script->asked() == 0);
}

BOOST_AUTO_TEST_CASE(a_resolver_may_end_while_a_lookup_hangs) {
  const auto question = ask("hanging.test");
  while (script->asked() == 0)
    io.run_for(1ms);
  resolver.reset();
  question->answered.set();  // as the caller does that stops waiting
  run_until_answered(1);
  BOOST_TEST(question->answer.addresses.empty());
  script->release();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors::wire
