#pragma once

#include "actors/api/gateway.hpp"
#include "persistence/ledger_error.hpp"

/// The errors of the gateway, one function a kind.
namespace postrider::actors {

inline service_error invalid(std::string detail, std::vector<field_problem> problems = {}) {
  return {service_errc::invalid, std::move(detail), std::move(problems), {}};
}

/// The only mistake's detail, or the count of the mistakes.
inline std::string summary_of(const std::vector<field_problem>& problems) {
  return problems.size() == 1 ? problems.front().detail
                              : std::to_string(problems.size()) + " mistakes";
}

inline service_error invalid(std::vector<field_problem> problems) {
  auto detail = summary_of(problems);
  return invalid(std::move(detail), std::move(problems));
}

inline service_error not_found(std::string detail) {
  return {service_errc::not_found, std::move(detail), {}, {}};
}

inline service_error no_such_message(const message_id& id) {
  return not_found("there is no message " + to_string(id));
}

inline service_error no_such_transaction(transaction_id id) {
  return not_found("there is no transaction " + std::to_string(id));
}

inline service_error no_such_provider(const std::string& name) {
  return not_found("there is no provider \"" + name + "\"");
}

inline service_error conflict(std::string detail) {
  return {service_errc::conflict, std::move(detail), {}, {}};
}

inline service_error overloaded(std::string detail) {
  return {service_errc::overloaded, std::move(detail), {}, std::chrono::seconds(1)};
}

inline service_error unavailable(std::string detail) {
  return {service_errc::unavailable, std::move(detail), {}, std::chrono::seconds(2)};
}

/// No pipeline works yet.
inline service_error starting() {
  return unavailable("the server is starting, or waits for its database");
}

inline service_error database_away() { return unavailable("the database cannot be used now"); }

/// `nothing_done`: the call's promise for that case, such as "nothing was changed".
inline service_error stopping(std::string_view nothing_done) {
  return {service_errc::draining,
          "the server is about to stop; " + std::string(nothing_done),
          {},
          std::chrono::seconds(5)};
}

/// The result is not known.
inline service_error timed_out(std::string detail) {
  return {service_errc::timeout, std::move(detail), {}, {}};
}

/// An actor gave no answer in time. `unknown`: the result that is not known then.
inline service_error no_answer(std::string_view unknown = {}) {
  std::string detail = "the server did not answer in time";
  if (!unknown.empty()) detail.append(": ").append(unknown);
  return {service_errc::timeout, std::move(detail), {}, std::chrono::seconds(2)};
}

inline service_error internal(std::string detail) {
  return {service_errc::internal, std::move(detail), {}, {}};
}

/// The words for a change that the database did not take.
struct change_words {
  std::string_view unknown;  ///< "whether the provider was switched"
  std::string_view undone;   ///< "nothing was changed"
};

inline std::string_view trouble_of(persistence::ledger_errc code) {
  switch (code) {
    case persistence::ledger_errc::locked:
      return "another program or session holds a lock on the database";
    case persistence::ledger_errc::full: return "the database has no room left";
    case persistence::ledger_errc::no_writes: return "the database takes no changes";
    default: return "the database cannot be used now";
  }
}

inline service_error to_service_error(const persistence::ledger_error& error,
                                      const change_words& change) {
  if (error.code == persistence::ledger_errc::unknown_result)
    return timed_out(std::string(change.unknown) + " is not known: " + error.message);
  return unavailable(std::string(trouble_of(error.code)) + "; " + std::string(change.undone));
}

/// For a question.
inline service_error to_service_error(const persistence::ledger_error&) { return database_away(); }

}  // namespace postrider::actors
