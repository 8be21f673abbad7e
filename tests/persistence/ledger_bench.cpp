// How many messages a second the ledger alone carries: accept, begin, finish, each in batches.
//   ledger_bench [messages] [batch] [writers]
// First each kind of transition in a batch and a commit of its own; then as the running server has
// it, where one commit carries the accepts of some messages, the begins of others and the ends of
// others. on the database that the tests' environment names (tests/support/database_fixture.hpp).
#include "tests/support/database_fixture.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace postrider::persistence;

namespace {

using steady = std::chrono::steady_clock;

time_point now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

struct phase_times {
  double accept = 0, begin = 0, finish = 0;
};

accept_message one_message(node_id node, int writer, int number) {
  auto m = std::make_shared<message>();
  const auto time = static_cast<std::uint64_t>(now().time_since_epoch().count());
  for (int i = 0; i < 8; ++i)
    m->id.bytes[7 - i] = static_cast<std::uint8_t>(time >> 8 * i);
  for (int i = 0; i < 4; ++i)
    m->id.bytes[15 - i] = static_cast<std::uint8_t>(number >> 8 * i);
  m->id.bytes[11] = static_cast<std::uint8_t>(writer);
  m->user = number % 1000;
  m->text = "Your parcel is at the door. It was handed to your neighbour at number twelve.";
  m->recipients = {{"+15551234567", "", ""}};
  m->created_at = now();
  transaction t;
  t.user = m->user;
  t.provider = 1 + number % 4;
  t.recipient = "+15551234567";
  t.max_retries = 3;
  t.owner = node;
  t.due_at = now();
  return {std::move(m), {t}};
}

batch_result timed(ledger& writer, node_id node, std::vector<transition> transitions,
                   double& seconds) {
  const auto start = steady::now();
  auto applied = writer.apply({node, now(), std::move(transitions)});
  seconds += std::chrono::duration<double>(steady::now() - start).count();
  if (!applied) throw std::runtime_error(applied.error().message);
  for (const auto& r : *applied)
    if (r.status != transition_status::applied)
      throw std::runtime_error("not applied: " + r.reason);
  return std::move(*applied);
}

phase_times carry(ledger& writer, node_id node, int number, int messages, int batch) {
  phase_times times;
  for (int sent = 0; sent < messages; sent += batch) {
    std::vector<transition> accepts, begins, finishes;
    for (int i = 0; i < batch; ++i)
      accepts.push_back(one_message(node, number, sent + i));
    for (const auto& r : timed(writer, node, std::move(accepts), times.accept)) {
      begins.push_back(begin_delivery{r.ids.front()});
      finishes.push_back(finish{r.ids.front(),
                                transaction_status::processing,
                                transaction_status::success,
                                {error_code::none, "", "1700000000000"}});
    }
    timed(writer, node, std::move(begins), times.begin);
    timed(writer, node, std::move(finishes), times.finish);
  }
  return times;
}

/// The same with one commit for `batch` messages' accepts, begins and ends.
void carry_mixed(ledger& writer, node_id node, int number, int messages, int batch) {
  double seconds = 0;
  std::vector<transaction_id> accepted, begun;
  for (int sent = 0; sent < messages || !accepted.empty() || !begun.empty(); sent += batch) {
    std::vector<transition> work;
    const int accepts = sent < messages ? batch : 0;
    for (int i = 0; i < accepts; ++i)
      work.push_back(one_message(node, 128 + number, sent + i));
    for (auto id : accepted)
      work.push_back(begin_delivery{id});
    for (auto id : begun)
      work.push_back(finish{id,
                            transaction_status::processing,
                            transaction_status::success,
                            {error_code::none, "", "1700000000000"}});
    const auto results = timed(writer, node, std::move(work), seconds);
    begun = std::exchange(accepted, {});
    for (int i = 0; i < accepts; ++i)
      accepted.push_back(results[static_cast<std::size_t>(i)].ids.front());
  }
}

template <class Work>
double in_threads(int writers, Work work) {
  std::vector<std::thread> threads;
  const auto start = steady::now();
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads)
    thread.join();
  return std::chrono::duration<double>(steady::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  const int messages = argc > 1 ? std::atoi(argv[1]) : 50000;
  const int batch = argc > 2 ? std::atoi(argv[2]) : 256;
  const int writers = argc > 3 ? std::atoi(argv[3]) : 1;
  try {
    postrider::test::database_fixture fixture;
    auto& database = fixture.open();
    std::printf("%s\n", database.description().c_str());
    for (const auto& warning : database.warnings())
      std::printf("warning: %s\n", warning.c_str());
    const auto node =
        database.open_ledger()->register_node({}, "bench", std::chrono::minutes(10)).value();
    std::vector<phase_times> times(static_cast<std::size_t>(writers));
    const double apart = in_threads(writers, [&](int i) {
      times[static_cast<std::size_t>(i)] =
          carry(*database.open_ledger(), node, i, messages / writers, batch);
    });
    std::printf("%d messages in batches of %d, %d writers: %.0f messages/s\n", messages, batch,
                writers, messages / apart);
    phase_times sum;
    for (const auto& t : times)
      sum.accept += t.accept, sum.begin += t.begin, sum.finish += t.finish;
    std::printf("us per message: accept %.1f, begin %.1f, finish %.1f\n",
                sum.accept / messages * 1e6, sum.begin / messages * 1e6,
                sum.finish / messages * 1e6);
    const double mixed = in_threads(writers, [&](int i) {
      carry_mixed(*database.open_ledger(), node, i, messages / writers, batch);
    });
    std::printf("accepts, begins and ends in one commit: %.0f messages/s\n", messages / mixed);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ledger_bench: %s\n", e.what());
    return 1;
  }
}
