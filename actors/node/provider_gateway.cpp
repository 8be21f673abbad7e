#include "actors/ask.hpp"
#include "actors/node/actor_gateway.hpp"
#include "actors/providers/test_mode.hpp"
#include "actors/rules/message_check.hpp"
#include "actors/rules/message_ids.hpp"
#include "actors/rules/provider_lookup.hpp"
#include "base/log.hpp"

#include <caf/send.hpp>

#include <algorithm>

/// The gateway's calls about one provider.
namespace postrider::actors {
namespace {

constexpr auto trial_text = "This is a test message from Postrider.";
/// So that who asks is told of a timeout too; some providers have two minutes for a delivery.
constexpr auto longest_trial = ask_timeout - std::chrono::seconds(5);

service_error invalid_recipient(std::string code, std::string why) {
  return invalid(why, {{"/recipient", std::move(code), why}});
}

std::string_view to_string(key_kind kind) {
  switch (kind) {
    case key_kind::text: return "text";
    case key_kind::integer: return "integer";
    case key_kind::boolean: return "boolean";
    case key_kind::duration: return "duration";
    case key_kind::secret: break;
  }
  return "secret";
}

/// One message on its way, until its outcome is told.
struct trial {
  provider_ptr provider;
  persistence::message message;
  delivery_content content;
  std::chrono::steady_clock::time_point begun;
};

provider_trial report_of(const trial& one, const transfer_result& result) {
  outcome found;
  try {
    found = one.provider->driver->classify(one.content, result);
  } catch (const std::exception& failure) {
    found.detail = std::string("the reply cannot be read: ") + failure.what();
  }
  return {one.provider->settings.name,
          one.content.address,
          std::string(to_string(found.kind)),
          found.detail,
          found.provider_ref,
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                one.begun)};
}

/// The trial, or why there can be none.
result<std::shared_ptr<trial>> make_trial(provider_ptr provider, recipient_input recipient,
                                          const environment& environment) {
  send_request request;
  request.user = 1;
  request.text = trial_text;
  request.recipients.emplace({std::move(recipient)});
  const auto now = environment.wall_clock();
  auto message = check_message(request, now);
  if (!message) {
    auto wrong = message.error();
    for (auto& one : wrong.problems)
      one.pointer = "/recipient" + one.pointer.substr(std::min(
                                       one.pointer.size(), std::string("/recipients/0").size()));
    return wrong;
  }
  const auto address = provider->driver->address_for(message->recipients.front());
  if (!address) return invalid_recipient("no_route", "this provider cannot reach such a recipient");
  if (const auto refused = provider->driver->content_refusal(*message))
    return invalid_recipient("no_route", *refused);
  auto made = std::make_shared<trial>();
  made->provider = std::move(provider);
  made->message = std::move(*message);
  message_id_generator ids(std::random_device{}());
  made->message.id = ids.next(now);
  made->content = {
      *address, &made->message, persistence::to_string(made->message.id) + "/0", {}, now};
  made->begun = std::chrono::steady_clock::now();
  return made;
}

}  // namespace

/// This server's view of one provider, as its sender has it.
void actor_gateway::find_provider(std::string name, completion<provider_info> done) {
  providers([name = std::move(name), done](result<std::vector<provider_info>> all) {
    if (!all) return done(std::move(all).error());
    const auto found = std::ranges::find(*all, name, &provider_info::name);
    // Known to the database, but not in this server's configuration.
    if (found == all->end()) return done(no_such_provider(name));
    done(std::move(*found));
  });
}

void actor_gateway::switch_provider(std::string name, bool on, completion<provider_info> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  if (is_test_provider(name)) return done(no_such_provider(name));
  auto then = [this, name, done](const result<reload_report>& changed) {
    if (!changed) return done(changed.error());
    find_provider(name, done);
  };
  caf::anon_send(actors->supervisor,
                 std::make_shared<reload_job>(provider_switch{std::move(name), on}, std::string(),
                                              std::move(then)));
}

void actor_gateway::try_provider(std::string name, recipient_input recipient,
                                 completion<provider_trial> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  if (environment_->flags->draining) return done(stopping("nothing was sent"));
  auto provider = runtime_named(*actors->directory->get(), name);
  if (!provider || provider->gone || is_test_provider(name)) return done(no_such_provider(name));
  const auto made = make_trial(std::move(provider), std::move(recipient), *environment_);
  if (!made) return done(made.error());
  const auto& one = *made;
  auto request = one->provider->driver->compose(one->content);
  request.proxy = one->provider->settings.proxy;
  request.timeout = std::min(request.timeout, longest_trial);
  environment_->engine->perform(std::move(request), [one, done](const transfer_result& answer) {
    done(report_of(*one, answer));
  });
}

void actor_gateway::answer_challenge(std::string name, challenge_input answer,
                                     completion<provider_info> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  auto provider = runtime_named(*actors->directory->get(), name);
  if (!provider || provider->gone || is_test_provider(name)) return done(no_such_provider(name));
  if (!provider->driver->compose_challenge({}))
    return done(invalid("provider \"" + name + "\" is of type " + provider->settings.type +
                        ", which asks for no captchas; name a Signal provider"));
  if (!answer.token.empty())
    return submit_challenge(std::move(provider),
                            {std::move(answer.token), std::move(answer.captcha)}, done);
  find_provider(name, [this, provider = std::move(provider), captcha = std::move(answer.captcha),
                       done](result<provider_info> found) {
    if (!found) return done(std::move(found).error());
    if (!found->challenge)
      return done(conflict("provider \"" + found->name +
                           "\" asks for no captcha at the moment; give `token` to answer a "
                           "challenge that another server was asked"));
    submit_challenge(provider, {found->challenge->token, captcha}, done);
  });
}

void actor_gateway::submit_challenge(provider_ptr provider, challenge_answer answer,
                                     completion<provider_info> done) {
  auto request = *provider->driver->compose_challenge(answer);
  request.proxy = provider->settings.proxy;
  request.timeout = std::min(request.timeout, longest_trial);
  environment_->engine->perform(
      std::move(request),
      [this, provider, token = std::move(answer.token), done](const transfer_result& told) {
        const auto reply = provider->driver->read_challenge_reply(told);
        const auto& name = provider->settings.name;
        if (reply.verdict == challenge_verdict::refused)
          return done(invalid("provider \"" + name + "\" refused the captcha",
                              {{"/captcha", "captcha_refused", reply.detail}}));
        if (reply.verdict == challenge_verdict::unknown)
          return done(timed_out("provider \"" + name +
                                "\" did not say whether it took the captcha: " + reply.detail));
        if (const auto actors = board_->get()) {
          const auto senders = actors->senders->get();
          if (const auto at = senders->find(provider->record.id); at != senders->end())
            caf::anon_send(at->second, solved_atom_v, token);
        }
        lift_named_times(name, {});
        find_provider(name, done);
      });
}

void actor_gateway::lift_named_times(const std::string& provider, std::string cursor) {
  retry_request request;
  request.provider = provider;
  request.lift_named_times = true;
  request.cursor = std::move(cursor);
  retry(std::move(request), [this, provider](const result<retry_report>& done) {
    if (!done)
      return log(log_level::warning, "gateway",
                 provider +
                     ": its captcha is solved, but some messages wait on for the time "
                     "that it named: " +
                     done.error().detail);
    if (!done->next_cursor.empty()) lift_named_times(provider, done->next_cursor);
  });
}

std::vector<provider_type_info> actor_gateway::provider_types() const {
  std::vector<provider_type_info> all;
  for (const auto& type : driver_types()) {
    auto& info = all.emplace_back();
    info.name = type.name;
    info.help = type.help;
    for (const auto& key : type.keys)
      info.keys.push_back({std::string(key.name), std::string(to_string(key.kind)),
                           std::string(key.default_value), std::string(key.help), key.required});
  }
  return all;
}

}  // namespace postrider::actors
