// The CPU time of one transfer over kept connections to a server in another process, as the
// server's own rate and a provider's delay have no part in it:
//
//   transfer_cost http|mail [transfers] [in flight] [rounds]
//
// Compare two builds by running them in turns: absolute figures of a machine drift within a day.

#include "actors/providers/transfer/transfer_engines.hpp"
#include "tests/benchmarks/answering_process.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <sys/resource.h>

namespace {

using namespace postrider::actors;
using postrider::tests::answering_process;

struct cpu_time {
  double user, system;
};

/// Microseconds of this process so far.
cpu_time cpu_time_now() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return {microseconds(used.ru_utime), microseconds(used.ru_stime)};
}

/// About what a message through the Twilio driver is.
transfer_request typical_request(int port) {
  transfer_request request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/2010-04-01/Accounts/AC0/Messages";
  request.headers = {
      "Content-Type: application/x-www-form-urlencoded",
      "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Accept: application/json"};
  request.body = std::string(180, 'b');
  return request;
}

transfer_request typical_mail(int port, int connections) {
  transfer_request request;
  request.url = "smtp://127.0.0.1:" + std::to_string(port);
  request.group = "mail";
  request.max_connections = connections;
  request.mail.emplace();
  request.mail->from = "postrider@example.org";
  request.mail->to = "ann@example.com";
  request.mail->helo = "client.example.org";
  request.mail->starttls = starttls_policy::never;
  for (int line = 0; line < 20; ++line)
    request.body += "A header or a line of the text of a mail\r\n";
  return request;
}

/// So many transfers, at most so many at a time: each answer begins the next one.
class transfer_run {
 public:
  transfer_run(transfer_engine& engine, transfer_request request, int transfers)
      : engine_(engine), request_(std::move(request)), transfers_(transfers) {}

  /// False when a transfer failed.
  bool perform(int in_flight) {
    for (int i = 0; i < in_flight; ++i)
      begin_next();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ == transfers_; });
    return failed_ == 0;
  }

 private:
  void begin_next() {
    if (begun_++ >= transfers_) return;
    engine_.perform(request_, [this](transfer_result result) {
      if (!result.complete()) ++failed_;
      begin_next();
      const std::lock_guard lock(mutex_);
      if (++ended_ == transfers_) changed_.notify_all();
    });
  }

  transfer_engine& engine_;
  transfer_request request_;
  int transfers_;
  std::atomic<int> begun_{0}, failed_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  int ended_ = 0;
};

int argument(int count, char** values, int number, int otherwise) {
  return count > number ? std::max(std::atoi(values[number]), 1) : otherwise;
}

}  // namespace

int main(int count, char** values) {
  const bool mail = count > 1 && std::string_view(values[1]) == "mail";
  const int transfers = argument(count, values, 2, 50'000);
  const int in_flight = argument(count, values, 3, 32);
  const int rounds = argument(count, values, 4, 5);
  // Before the engine's thread: it forks.
  const answering_process server(mail ? answering_process::protocol::smtp
                                      : answering_process::protocol::http);
  const auto engine = make_transfer_engine();
  const auto request =
      mail ? typical_mail(server.port(), in_flight) : typical_request(server.port());
  if (!transfer_run(*engine, request, 1'000).perform(in_flight)) return EXIT_FAILURE;
  for (int round = 0; round < rounds; ++round) {
    const auto before = cpu_time_now();
    if (!transfer_run(*engine, request, transfers).perform(in_flight)) return EXIT_FAILURE;
    const auto after = cpu_time_now();
    const auto user = (after.user - before.user) / transfers;
    const auto system = (after.system - before.system) / transfers;
    std::printf("%.1f us a transfer: user %.1f, system %.1f\n", user + system, user, system);
  }
}
