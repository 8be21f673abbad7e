#include "actors/node/key_keeper.hpp"

#include "actors/ask.hpp"
#include "actors/rules/api_keys.hpp"

namespace postrider::actors {

key_keeper_actor::behavior_type key_keeper_state::make_behavior(environment_ptr environment,
                                                                ledger_reader_actor reader,
                                                                ledger_writer_actor writer) {
  environment_ = std::move(environment);
  reader_ = std::move(reader);
  writer_ = std::move(writer);
  self_->send(self_, tick_atom_v);
  self_->delayed_send(self_, environment_->polls.key_uses, flush_atom_v);
  return {
      [this](tick_atom) {
        load([this](bool) {
          self_->delayed_send(self_, environment_->polls.api_keys, tick_atom_v);
        });
      },
      [this](changes_atom) { return on_changed(); },
      [this](flush_atom) { on_note_use(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void key_keeper_state::load(std::function<void(bool)> then) {
  self_->request(reader_, ask_timeout, keys_atom_v, version_)
      .then(
          [this, then](reply<persistence::key_changes>& changes) {
            if (changes.error) return then(false);
            if (changes.value.keys) {
              ++loads_;
              version_ = changes.value.version;
              const auto before = environment_->keys->get();
              environment_->keys->set(std::make_shared<key_ring>(
                  std::move(*changes.value.keys), before.get(), std::move(changes.value.sessions)));
            }
            then(true);
          },
          [then](caf::error&) { then(false); });
}

caf::result<bool> key_keeper_state::on_changed() {
  auto promise = self_->make_response_promise<bool>();
  load([promise](bool known) mutable { promise.deliver(known); });
  return promise;
}

void key_keeper_state::on_note_use() {
  self_->delayed_send(self_, environment_->polls.key_uses, flush_atom_v);
  note_uses();
}

/// A part of them, and the next part when that is committed: other writes come in between.
void key_keeper_state::note_uses() {
  const auto ring = environment_->keys->get();
  if (!ring) return;
  persistence::note_key_use note;
  std::vector<std::pair<std::shared_ptr<key_usage>, std::int64_t>> noted;
  for (const auto& entry : ring->all()) {
    const auto used = entry.usage->last_used_us.load();
    if (used <= entry.usage->stored_us.load()) continue;
    note.used.emplace_back(entry.key.id, persistence::time_point(std::chrono::microseconds(used)));
    noted.emplace_back(entry.usage, used);
    if (noted.size() == noted_at_once) break;
  }
  for (const auto& [token, one] : ring->sessions()) {
    const persistence::time_point used(std::chrono::microseconds(one.last_used_us->load()));
    if (used > one.session.used_at + session_note && note.sessions.size() < noted_at_once)
      note.sessions.emplace_back(token, used);
  }
  if (noted.empty() && note.sessions.empty()) return;
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(std::move(note));
  self_->request(writer_, ask_timeout, std::move(request))
      .then(
          [this, noted](const reply<write_results>& written) {
            if (written.error) return;
            noted_ += noted.size();
            for (const auto& [usage, used] : noted)
              usage->stored_us = used;
            if (noted.size() == noted_at_once) note_uses();
          },
          [](caf::error&) {});
}

caf::result<inspection> key_keeper_state::on_inspect() const {
  const auto ring = environment_->keys->get();
  return inspection{
      {{"keys", ring ? ring->all().size() : 0}, {"loads", loads_}, {"uses_stored", noted_}}};
}

key_keeper_actor::behavior_type key_keeper(
    key_keeper_actor::stateful_pointer<key_keeper_state> self, environment_ptr environment,
    ledger_reader_actor reader, ledger_writer_actor writer) {
  return self->state.make_behavior(std::move(environment), std::move(reader), std::move(writer));
}

}  // namespace postrider::actors
