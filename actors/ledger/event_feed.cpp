#include "actors/ledger/event_feed.hpp"

#include "actors/api/service_errors.hpp"
#include "actors/ledger/ledger_reader.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

service_error cursor_too_old() {
  return {service_errc::gone,
          "retention has removed events behind this cursor: begin again without \"after\", or with "
          "\"after=now\", and compare what you know with GET /v1/messages",
          {},
          {}};
}

}  // namespace

event_feed_actor::behavior_type event_feed_state::make_behavior(environment_ptr environment,
                                                                ledger_reader_actor reader,
                                                                directory_board directory) {
  environment_ = std::move(environment);
  reader_ = std::move(reader);
  directory_ = std::move(directory);
  environment_->commits->set_listener([feed = caf::actor_cast<caf::weak_actor_ptr>(self_->ctrl())] {
    if (const auto alive = caf::actor_cast<caf::actor>(feed)) caf::anon_send(alive, wake_atom_v);
  });
  self_->delayed_send(self_, environment_->polls.events, tick_atom_v);
  return {
      [this](const event_job_ptr& job) { on_request(job); },
      [this](wake_atom) {
        news_ = true;
        read_tail();
      },
      [this](tick_atom) { on_tick(); },
      [this](flush_atom) {
        reading_ = false;
        read_tail();
      },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void event_feed_state::on_request(event_job_ptr job) {
  if (!job->request.of_endpoint && waiting_.size() >= max_waiting)
    return job->finish(overloaded("too many readers wait for events"));
  last_reader_ = self_->clock().now();
  const auto until = last_reader_ + job->request.wait;
  serve({std::move(job), until, 0});
}

void event_feed_state::serve(reader one) {
  if (!one.job->request.after) return begin_at_end(std::move(one));
  const auto place = tail_.find(*one.job->request.after);
  if (!place) return read_for(std::move(one));
  const auto& request = one.job->request;
  const auto found = tail_.read(*place, request.filter, request.limit);
  if (found.events.empty()) return wait(std::move(one));
  const auto directory = directory_->get();
  std::vector<event_info> events;
  for (const auto& one_found : found.events)
    events.push_back(describe(one_found.page, *one_found.event, *directory));
  answer(one, std::move(events), found.next, found.more);
}

/// The first one gives the tail its begin.
void event_feed_state::begin_at_end(reader one) {
  self_->request(reader_, read_timeout, events_atom_v)
      .then(
          [this, one](const reply<persistence::event_cursor>& end) mutable {
            if (end.error) return one.job->finish(to_service_error(*end.error));
            if (!tail_.active()) tail_.begin_at(end.value);
            one.job->request.after = end.value;
            serve(std::move(one));
          },
          [one](caf::error&) { one.job->finish(no_answer()); });
}

void event_feed_state::read_for(reader one) {
  persistence::event_query query;
  query.after = *one.job->request.after;
  query.limit = std::min(one.job->request.limit, page_size);
  if (tail_.active() && covers(tail_.end(), query.after)) query.until = tail_.end();
  self_->request(reader_, read_timeout, events_atom_v, std::move(query))
      .then(
          [this, one](reply<persistence::event_page>& page) mutable {
            if (page.error) return one.job->finish(to_service_error(*page.error));
            if (page.value.too_old) {
              ++expired_;
              return one.job->finish(cursor_too_old());
            }
            on_page(std::move(one),
                    std::make_shared<const persistence::event_page>(std::move(page.value)));
          },
          [one](caf::error&) { one.job->finish(no_answer()); });
}

void event_feed_state::on_page(reader one, const event_tail::page_ptr& page) {
  const auto& request = one.job->request;
  const auto directory = directory_->get();
  std::vector<event_info> events;
  for (const auto& e : page->events) {
    if (!matches(request.filter, e)) continue;
    if (std::ssize(events) == request.limit) {
      auto next = cursor_behind(*events.back().found);
      return answer(one, std::move(events), std::move(next), true);
    }
    events.push_back(describe(page, e, *directory));
  }
  if (!page->more && !tail_.active()) tail_.begin_at(page->next);
  if (!events.empty() || (page->more && ++one.pages == max_pages))
    return answer(one, std::move(events), page->next, page->more);
  one.job->request.after = page->next;
  one.ahead = !page->more && !covers(tail_.end(), *one.job->request.after);
  one.ahead ? wait(std::move(one)) : serve(std::move(one));
}

void event_feed_state::wait(reader one) {
  const bool over = one.until <= self_->clock().now() || environment_->flags->draining;
  if (over) return end_wait(one);
  waiting_.push_back(std::move(one));
  // Commits from here on wake it. One before may be behind the tail's end.
  news_ = true;
  read_tail();
}

void event_feed_state::read_tail() {
  if (reading_ || !news_ || waiting_.empty() || !tail_.active()) return;
  reading_ = true;
  const auto now = self_->clock().now();
  const auto pause = last_reading_ + shortest_pause - now;
  if (pause.count() > 0) {
    self_->delayed_send(self_, std::chrono::ceil<milliseconds>(pause), flush_atom_v);
    return;
  }
  news_ = false;
  last_reading_ = now;
  ++readings_;
  environment_->commits->want();
  persistence::event_query query;
  query.after = tail_.end();
  query.limit = page_size;
  self_->request(reader_, read_timeout, events_atom_v, std::move(query))
      .then(
          [this](reply<persistence::event_page>& page) {
            reading_ = false;
            if (page.error || page.value.too_old) {
              if (page.value.too_old) tail_.clear();
              return end_waits(true);
            }
            on_tail(std::make_shared<const persistence::event_page>(std::move(page.value)));
          },
          [this](caf::error&) {
            reading_ = false;
            end_waits(true);
          });
}

void event_feed_state::on_tail(const event_tail::page_ptr& page) {
  tail_.add(page);
  tell(page);
  // The tail may have come up to these.
  std::list<reader> ahead;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto next = std::next(at);
    if (at->ahead && covers(tail_.end(), *at->job->request.after))
      ahead.splice(ahead.end(), waiting_, at);
    at = next;
  }
  for (auto& one : ahead) {
    one.ahead = false;
    serve(std::move(one));
  }
  news_ |= page->more;
  read_tail();
}

void event_feed_state::tell(const event_tail::page_ptr& page) {
  const auto directory = directory_->get();
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (at->ahead) {
      ++at;
      continue;
    }
    const auto& request = at->job->request;
    if (request.filter.types != 0 && (request.filter.types & page->types) == 0) {
      ++at;
      continue;
    }
    std::vector<event_info> events;
    bool cut = false;
    for (const auto& e : page->events) {
      if (!matches(request.filter, e)) continue;
      cut = std::ssize(events) == request.limit;
      if (cut) break;
      events.push_back(describe(page, e, *directory));
    }
    if (events.empty()) {
      ++at;
      continue;
    }
    auto next = cut ? cursor_behind(*events.back().found) : tail_.end();
    answer(*at, std::move(events), std::move(next), cut || page->more);
    at = waiting_.erase(at);
  }
}

void event_feed_state::on_tick() {
  self_->delayed_send(self_, environment_->polls.events, tick_atom_v);
  end_waits(environment_->flags->draining);
  if (waiting_.empty()) {
    if (self_->clock().now() - last_reader_ > kept_unread && !reading_) tail_.clear();
    return;
  }
  last_reader_ = self_->clock().now();
  news_ = true;
  read_tail();
}

void event_feed_state::end_waits(bool all) {
  const auto now = self_->clock().now();
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (!all && at->until > now) {
      ++at;
      continue;
    }
    end_wait(*at);
    at = waiting_.erase(at);
  }
}

void event_feed_state::end_wait(const reader& one) {
  const bool follows = tail_.active() && !one.ahead;
  answer(one, {}, follows ? tail_.end() : *one.job->request.after, false);
}

void event_feed_state::answer(const reader& one, std::vector<event_info> events,
                              persistence::event_cursor next, bool more) {
  ++served_;
  told_ += events.size();
  one.job->finish(event_listing{std::move(events), std::move(next), more});
}

event_info event_feed_state::describe(const event_tail::page_ptr& page,
                                      const persistence::found_event& e,
                                      const provider_directory& directory) {
  event_info info{{page, &e}, {}};
  const auto known = directory.all.find(e.event.provider);
  if (known != directory.all.end()) info.provider = known->second.name;
  return info;
}

caf::result<inspection> event_feed_state::on_inspect() const {
  return inspection{{{"waiting", waiting_.size()},
                     {"requests", served_},
                     {"events_told", told_},
                     {"readings", readings_},
                     {"cursors_expired", expired_},
                     {"events_in_memory", tail_.size()}}};
}

event_feed_actor::behavior_type event_feed(
    event_feed_actor::stateful_pointer<event_feed_state> self, environment_ptr environment,
    ledger_reader_actor reader, directory_board directory) {
  return self->state.make_behavior(std::move(environment), std::move(reader), std::move(directory));
}

}  // namespace postrider::actors
