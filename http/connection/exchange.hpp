#pragma once

#include "actors/api/service_errors.hpp"
#include "http/counters.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/settings.hpp"
#include "inbound/common_state.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace postrider::http {

class overview_series;

/// One question to the pipeline, from the handler that asks it until its answer is written. A
/// session starts it, waits, and then lets it answer on its own executor; the pipeline's thread
/// leaves the result here and wakes the session, nothing else.
class pending_call {
 public:
  virtual ~pending_call() = default;
  /// `wake` is called at most once, on any thread, perhaps before this returns.
  virtual void start(actors::gateway& gateway, std::function<void()> wake) = 0;
  /// After `wake` only: fills the answer.
  virtual void answer(const request& from, response& into) = 0;
};

/// A request and its answer, as a route's handler sees them. A handler either answers at once or
/// asks the gateway one question; it knows neither sockets nor coroutines.
class exchange {
 public:
  exchange(const http::request& from, http::response& into, actors::gateway& pipeline,
           const http::counters& counted, bool about_to_stop, const http::exposure& to_others,
           common_state& shared, const overview_series& last_hour)
      : request(from),
        response(into),
        gateway(pipeline),
        counters(counted),
        draining(about_to_stop),
        exposure(to_others),
        common(shared),
        overview(last_hour) {}

  void fail(const problem& what) { write_problem(response, what, request.id); }

  /// `asks(gateway, completion<T>)` asks; `answers(T, response&)` makes the good answer of it, or
  /// returns the problem it sees.
  template <class T, class Start, class Answer>
  void ask(Start asks, Answer answers);

  const http::request& request;
  http::response& response;
  actors::gateway& gateway;
  const http::counters& counters;
  /// This server is about to stop.
  const bool draining;
  const http::exposure& exposure;
  common_state& common;
  const overview_series& overview;
  /// Set by `ask`.
  std::shared_ptr<pending_call> call;
};

template <class T, class Start, class Answer>
class gateway_call final : public pending_call,
                           public std::enable_shared_from_this<gateway_call<T, Start, Answer>> {
 public:
  gateway_call(Start asks, Answer answers) : start_(std::move(asks)), answer_(std::move(answers)) {}

  void start(actors::gateway& gateway, std::function<void()> wake) override {
    wake_ = std::move(wake);
    try {
      start_(gateway, [self = this->shared_from_this()](actors::result<T> result) {
        self->finish(std::move(result));
      });
    } catch (const std::exception& error) {
      finish(actors::internal(error.what()));
    }
  }

  void answer(const request& from, response& into) override {
    if (result_->has_error()) {
      write_problem(into, to_problem(std::move(*result_).error()), from.id);
      return;
    }
    const std::optional<problem> wrong = answer_(**result_, into);
    if (wrong) write_problem(into, *wrong, from.id);
    // The result is written down: it is not kept until a slow client has read it.
    result_.reset();
  }

 private:
  /// A gateway that answers twice has a fault, but not one that may corrupt a connection.
  void finish(actors::result<T> result) {
    if (finished_.exchange(true)) return;
    result_.emplace(std::move(result));
    std::exchange(wake_, nullptr)();
  }

  Start start_;
  Answer answer_;
  std::function<void()> wake_;
  std::atomic<bool> finished_{false};
  std::optional<actors::result<T>> result_;
};

template <class T, class Start, class Answer>
void exchange::ask(Start asks, Answer answers) {
  call = std::make_shared<gateway_call<T, Start, Answer>>(std::move(asks), std::move(answers));
}

}  // namespace postrider::http
