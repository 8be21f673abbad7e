#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

std::string_view name_of(transfer_error error) {
  switch (error) {
    case transfer_error::none: return "none";
    case transfer_error::resolve: return "resolve";
    case transfer_error::connect: return "connect";
    case transfer_error::tls: return "tls";
    case transfer_error::timeout: return "timeout";
    case transfer_error::disconnected: return "disconnected";
    case transfer_error::reply_too_long: return "reply too long";
    case transfer_error::bad_request: return "bad request";
    case transfer_error::address_refused: return "address refused";
    case transfer_error::login: return "login";
    case transfer_error::proxy: return "proxy";
    case transfer_error::proxy_login: return "proxy login";
    case transfer_error::shutdown: return "shutdown";
    case transfer_error::other: return "other";
  }
  return "?";
}

}  // namespace

transfer_engine::completion transfer_answers::take(int number) {
  return [this, number](transfer_result result) {
    const std::lock_guard lock(mutex_);
    answers_[number].push_back(std::move(result));
    ++count_;
    changed_.notify_all();
  };
}

bool transfer_answers::wait_for(std::size_t answers) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return count_ >= answers; });
}

std::vector<std::string> transfer_answers::to(int number) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> endings;
  if (const auto found = answers_.find(number); found != answers_.end())
    for (const auto& result : found->second)
      endings.push_back(summary(result));
  return endings;
}

transfer_result transfer_answers::first_to(int number) const {
  const std::lock_guard lock(mutex_);
  return answers_.at(number).front();
}

std::size_t transfer_answers::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::string summary(const transfer_result& result) {
  if (result.complete()) return std::to_string(result.status) + " complete";
  return std::string(name_of(result.error)) + ' ' + std::string(to_string(result.stage));
}

transfer_request post_to(std::string url, std::string body) {
  transfer_request request;
  request.url = std::move(url);
  request.headers = {"Content-Type: application/json"};
  request.body = std::move(body);
  request.connect_timeout = std::chrono::seconds(15);
  request.timeout = std::chrono::seconds(15);
  return request;
}

transfer_result engine_fixture::perform(transfer_request request) {
  const int number = next_++;
  const auto before = answers.count();
  engine->perform(std::move(request), answers.take(number));
  BOOST_TEST_REQUIRE(answers.wait_for(before + 1));
  return answers.first_to(number);
}

}  // namespace postrider::actors
