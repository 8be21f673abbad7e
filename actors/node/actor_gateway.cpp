#include "actors/node/actor_gateway.hpp"

#include "actors/ask.hpp"
#include "actors/providers/test_mode.hpp"
#include "actors/rules/api_keys.hpp"
#include "actors/rules/explanation.hpp"
#include "actors/rules/message_check.hpp"
#include "actors/rules/message_status.hpp"
#include "actors/rules/provider_states.hpp"
#include "actors/rules/transaction_listing.hpp"
#include "actors/rules/user_list_lines.hpp"
#include "actors/rules/waiting.hpp"

#include <caf/send.hpp>

#include <set>

namespace postrider::actors {
namespace {

/// Reads of one kind that wait for their turn: about two seconds' work.
constexpr std::size_t waiting_reads_limit = 1'000;

void report_database(const database_health& health, readiness& into) {
  into.database = health.state();
  if (into.database == database_state::locked)
    into.reasons.emplace_back(
        "the database is locked: another program or session has held a lock on it for longer than "
        "database.statement_timeout");
  if (into.database == database_state::full)
    into.reasons.emplace_back(
        "the database has no room left: make room on its disk, or raise its quota or size limit");
  if (into.database == database_state::failing)
    into.reasons.emplace_back(
        "the database takes no changes: its file was moved, its disk fails, or it is read-only; "
        "the log, component ledger_writer, says which and what to do");
  if (into.database == database_state::unreachable)
    into.reasons.emplace_back("the database cannot be reached");
  const auto [troubled, all] = health.troubled();
  if (into.database == database_state::usable && troubled > 0)
    into.warnings.push_back(std::to_string(troubled) + " of " + std::to_string(all) +
                            " connections that write wait for the database, for example for a "
                            "lock that another session holds");
}

std::string held_text(const std::string& name, std::chrono::microseconds until_probe) {
  const auto next = until_probe.count() > 0 ? "It is tried again in " + wait_text(until_probe)
                                            : std::string("The next message for it is tried");
  return name +
         " is held, because it refused its credentials or settings: correct them and reload the "
         "configuration (SIGHUP); GET /v1/providers/" +
         name + " has the reason. " + next;
}

void warn_of_providers(const provider_directory& directory, persistence::time_point now,
                       readiness& into) {
  std::size_t configured = 0, active = 0;
  for (const auto& [id, provider] : directory.usable) {
    const auto& name = provider->record.name;
    if (provider->gone || is_test_provider(name)) continue;
    ++configured;
    active += provider->record.active() ? 1 : 0;
    if (const auto probe = provider->window->held_until())
      into.warnings.push_back(held_text(name, *probe - now));
  }
  if (configured == 0)
    into.warnings.emplace_back(
        "no provider is configured, so no message can be delivered: add a [[provider]] to the "
        "configuration and reload it (SIGHUP)");
  else if (active == 0)
    into.warnings.emplace_back(
        "every provider is switched off, so no message can be delivered: PATCH "
        "/v1/providers/{name} with {\"active\": true}");
}

}  // namespace

actor_gateway::actor_gateway(caf::actor_system& system, environment_ptr environment,
                             board_ptr board)
    : system_(system),
      environment_(std::move(environment)),
      board_(std::move(board)),
      messages_(turns()),
      lists_(turns()) {}

read_turns actor_gateway::turns() const {
  const auto readers = static_cast<std::size_t>(environment_->settings.ledger_readers);
  return {readers + 1, waiting_reads_limit};
}

ledger_reader_actor actor_gateway::next_reader(const pipeline& actors) {
  return actors
      .readers[next_reader_.fetch_add(1, std::memory_order_relaxed) % actors.readers.size()];
}

void actor_gateway::send(send_request request, std::string trace, completion<send_receipt> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  caf::anon_send(actors->intake, std::make_shared<accept_job_ptr::element_type>(
                                     std::move(request), std::move(trace), std::move(done)));
}

void actor_gateway::events(event_request request, completion<event_listing> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  if (environment_->health->reads_away()) return done(database_away());
  caf::anon_send(actors->feed,
                 std::make_shared<event_job>(std::move(request), std::string(), std::move(done)));
}

void actor_gateway::find_transaction(transaction_id id, completion<transaction_info> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask_database<reply<std::optional<persistence::found_transaction>>>(
      system_, environment_, next_reader(*actors), done,
      [done, actors, id, environment = environment_](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        if (!answer.value) return done(no_such_transaction(id));
        const auto directory = actors->directory->get();
        auto found = describe(*answer.value, directory->all);
        describe_waiting(found, *directory, *environment);
        done(std::move(found));
      },
      find_atom_v, id);
}

void actor_gateway::find_message(const persistence::message_id& id, completion<message_info> done) {
  const auto read = [this, id, done](const read_turns::turn& turn) {
    const auto actors = board_->get();
    if (!actors) return done(starting());
    ask_database<reply<std::optional<persistence::found_message>>>(
        system_, environment_, next_reader(*actors), done,
        [done, actors, id, turn, environment = environment_](const auto& answer) {
          if (answer.error) return done(to_service_error(*answer.error));
          if (!answer.value) return done(no_such_message(id));
          const auto directory = actors->directory->get();
          auto found = describe(*answer.value, directory->all);
          for (auto& recipient : found.recipients)
            for (auto& one : recipient.transactions)
              describe_waiting(one, *directory, *environment);
          found.turn = turn;
          done(std::move(found));
        },
        find_atom_v, id);
  };
  if (!messages_.take(read)) done(overloaded("too many are reading now"));
}

void actor_gateway::list_transactions(transaction_query query,
                                      completion<transaction_listing> done) {
  const auto read = [this, query = std::move(query), done](const read_turns::turn& turn) {
    const auto actors = board_->get();
    if (!actors) return done(starting());
    auto list = ledger_list(query, actors->directory->get()->all);
    if (!list) return done(list.error());
    ask_database<reply<persistence::transaction_page>>(
        system_, environment_, next_reader(*actors), done,
        [done, actors, turn, environment = environment_](const auto& answer) {
          if (answer.error) return done(to_service_error(*answer.error));
          const auto directory = actors->directory->get();
          auto page = describe(answer.value, directory->all);
          for (auto& one : page.transactions)
            describe_waiting(one, *directory, *environment);
          page.turn = turn;
          done(std::move(page));
        },
        list_atom_v, std::move(*list));
  };
  if (!lists_.take(read)) done(overloaded("too many are reading now"));
}

void actor_gateway::explain_route(send_request request,
                                  completion<std::vector<route_explanation>> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto now = environment_->wall_clock();
  resolve_times(request, now);
  auto message = check_message(request, now);
  if (!message) return done(message.error());
  // The selector gives what the rule works on; the rule runs here, not in the selector's time.
  const auto explained = [done, actors, request, message = *message,
                          settings = environment_->settings.messaging](const auto& answer) {
    if (answer.error) return done(to_service_error(*answer.error));
    done(explain_message(
        {&message, settings.default_provider_type, answer.value.user_list, answer.value.providers},
        request, settings, actors->directory->get()->all));
  };
  ask<reply<routing_snapshot>>(
      system_, actors->selector, explained, [done] { done(no_answer()); }, explain_atom_v,
      request.user);
}

void actor_gateway::explain_transaction(transaction_id id, completion<route_explanation> done) {
  find_transaction(
      id, [done, board = board_, environment = environment_](result<transaction_info> found) {
        if (!found) return done(found.error());
        const auto actors = board->get();
        if (!actors) return done(starting());
        auto explained = actors::explain_transaction(
            found->transaction, environment->settings.messaging, actors->directory->get()->all);
        explained.waiting = std::move(*found);
        done(std::move(explained));
      });
}

void actor_gateway::cancel(cancel_request wanted, completion<cancel_report> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto id = wanted.message;
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(
      persistence::cancel_message{id, std::move(wanted.users), wanted.test_only});
  ask<reply<write_results>>(
      system_, actors->writers.front(),
      [done, actors, id](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        const auto& result = answer.value.front();
        if (result.status != persistence::transition_status::applied)
          return done(no_such_message(id));
        cancel_report report{id, result.count, {}};
        for (const auto& row : result.rows)
          report.transactions.push_back(
              describe({row.transaction, row.transaction.completed_at.has_value()},
                       actors->directory->get()->all));
        done(std::move(report));
      },
      [done] { done(no_answer("whether something was cancelled is not known")); },
      std::move(request));
}

void actor_gateway::retry(retry_request request, completion<retry_report> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  caf::anon_send(actors->retries,
                 std::make_shared<retry_job>(std::move(request), std::string(), std::move(done)));
}

void actor_gateway::user_providers(persistence::user_id user,
                                   completion<std::vector<user_provider_line>> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask_database<reply<user_provider_list>>(
      system_, environment_, actors->selector, done,
      [done, actors](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        done(lines_of(answer.value, actors->directory->get()->all));
      },
      list_atom_v, user);
}

void actor_gateway::put_user_providers(persistence::user_id user,
                                       std::vector<user_provider_line> list,
                                       completion<std::vector<user_provider_line>> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  auto checked = check_lines(list, *actors->directory->get());
  if (!checked) return done(checked.error());
  ask<reply<user_provider_list>>(
      system_, actors->selector,
      [done, actors](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        done(lines_of(answer.value, actors->directory->get()->all));
      },
      [done] { done(no_answer()); }, replace_atom_v, user, std::move(*checked));
}

void actor_gateway::providers(completion<std::vector<provider_info>> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto ask_all = [done](caf::event_based_actor* self, const pipeline_ptr& asked) {
    auto list = std::make_shared<provider_info_list>();
    auto missing = std::make_shared<std::size_t>(1);
    auto finish = [=] {
      if (--*missing == 0) done(std::move(*list));
    };
    const auto senders = asked->senders->get();
    const auto directory = asked->directory->get();
    for (const auto& [id, sender] : *senders) {
      if (is_test_provider(directory->all.at(id).name)) continue;
      ++*missing;
      self->request(sender, ask_timeout, list_atom_v)
          .then(
              [=](provider_info& info) {
                list->push_back(std::move(info));
                finish();
              },
              [=](caf::error&) { finish(); });
    }
    finish();
  };
  system_.spawn<caf::hidden>(ask_all, actors);
}

void actor_gateway::receive_receipt(receipt_request request, completion<receipt_answer> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  caf::anon_send(actors->receipts,
                 std::make_shared<receipt_job>(std::move(request), std::string(), std::move(done)));
}

void actor_gateway::inspect(std::string section, completion<boost::json::object> done) {
  static const std::set<std::string> sections{
      "",           "build",    "node",     "senders", "dispatcher", "scheduler", "ledger",
      "intake",     "selector", "archiver", "keys",    "receipts",   "retention", "retries",
      "supervisor", "database", "given_up", "events",  "endpoints"};
  if (!sections.contains(section)) {
    std::string known;
    for (const auto& name : sections)
      known += (known.empty() ? "" : ", ") + name;
    return done(not_found("there is no section '" + section + "'; known are: " + known));
  }
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask<inspection>(
      system_, actors->inspector, [done](inspection& answer) { done(std::move(answer.content)); },
      [done] { done(no_answer()); }, inspect_atom_v, std::move(section));
}

readiness actor_gateway::ready() const {
  const auto& flags = *environment_->flags;
  readiness state;
  state.warnings = environment_->database->warnings();
  if (flags.draining) state.reasons.emplace_back("the server is about to stop");
  report_database(*environment_->health, state);
  if (!flags.node_registered) state.reasons.emplace_back("the delivery pipeline is starting");
  else if (!environment_->keys->get()) state.reasons.emplace_back("the API keys are not read yet");
  if (const auto ring = environment_->keys->get())
    state.has_keys = has_usable_key(*ring, environment_->wall_clock());
  // Without a pipeline the last look at the providers is an old one.
  if (const auto actors = board_->get()) {
    warn_of_providers(*actors->directory->get(), environment_->wall_clock(), state);
    if (const auto seen = environment_->providers->get())
      for (auto& warning : warnings_of(*seen, environment_->wall_clock()))
        state.warnings.push_back(std::move(warning));
  }
  state.ready = state.reasons.empty();
  return state;
}

}  // namespace postrider::actors
