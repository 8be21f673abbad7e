#pragma once

#include "http/problem.hpp"

/// Problems of a connection that more than one of its parts tells.
namespace postrider::http {

inline problem timeout_problem() {
  return {problem_code::timeout,
          "there was no answer in time; whether the request took effect is not known"};
}

inline problem draining_problem() {
  return {problem_code::draining, "this server is about to stop; nothing was stored"};
}

inline problem drained_problem() {
  return {problem_code::draining,
          "an operator lets this server take no new work; nothing was stored"};
}

}  // namespace postrider::http
