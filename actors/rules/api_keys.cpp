#include "actors/rules/api_keys.hpp"

#include "actors/api/service_errors.hpp"
#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/signature.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace postrider::actors {
namespace {

constexpr std::string_view mark = "pr_", test_mark = "pr_test_";
constexpr std::size_t random_bytes = 32;
/// 256 bits, six a character.
constexpr std::size_t random_characters = 43;
constexpr std::size_t shown_characters = 8;
constexpr std::size_t max_name = 64;
constexpr std::int32_t max_rate = 1'000'000;

bool is_name(std::string_view name) {
  const auto printable = [](unsigned char c) { return c >= 0x20 && c != 0x7f; };
  return !name.empty() && name.size() <= max_name && std::ranges::all_of(name, printable);
}

std::string_view bytes_of(const persistence::hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

std::vector<field_problem> value_problems(const new_key& wanted, time_point now) {
  std::vector<field_problem> found;
  if (!is_name(wanted.name))
    found.push_back({"/name", "bad_name", "must be 1 to 64 bytes without control characters"});
  if (wanted.scopes.empty())
    found.push_back(
        {"/scopes", "missing", "name at least one of send, read, metrics, ingest and admin"});
  if (wanted.users.size() > persistence::max_key_users)
    found.push_back(
        {"/users", "too_many", "at most " + std::to_string(persistence::max_key_users) + " users"});
  if (std::ranges::any_of(wanted.users, [](user_id user) { return user < 1; }))
    found.push_back({"/users", "out_of_range", "a user is a number from 1 on"});
  if (!wanted.users.empty() && wanted.scopes.names(persistence::scope::admin))
    found.push_back({"/users", "not_with_admin", "what an admin does concerns all users"});
  if (wanted.test && wanted.scopes.names(persistence::scope::admin))
    found.push_back({"/test", "not_with_admin",
                     "what an admin does is real: a test key has send, read or both"});
  // The figures are those of all users and of real messages.
  if (!wanted.users.empty() && wanted.scopes.names(persistence::scope::metrics))
    found.push_back({"/users", "not_with_metrics", "metrics concern all users"});
  if (wanted.test && wanted.scopes.names(persistence::scope::metrics))
    found.push_back({"/test", "not_with_metrics", "a test key sees no metrics"});
  // A source names whom it sends to.
  if (!wanted.users.empty() && wanted.scopes.names(persistence::scope::ingest))
    found.push_back(
        {"/users", "not_with_ingest",
         "a source chooses its recipients; limit the key to sources in place of users"});
  if (!wanted.sources.empty() && !wanted.scopes.names(persistence::scope::ingest))
    found.push_back({"/sources", "without_ingest", "only the scope ingest has sources"});
  if (!wanted.sources.empty() && wanted.scopes.names(persistence::scope::admin))
    found.push_back({"/sources", "not_with_admin", "an admin's key is for all sources"});
  if (wanted.sources.size() > persistence::max_key_sources)
    found.push_back({"/sources", "too_many",
                     "at most " + std::to_string(persistence::max_key_sources) + " sources"});
  if (!std::ranges::all_of(wanted.sources, is_name))
    found.push_back({"/sources", "bad_name", "a source has a name of 1 to 64 bytes"});
  if (wanted.rate_per_minute < 0 || wanted.rate_per_minute > max_rate)
    found.push_back({"/rate_per_minute", "out_of_range", "0 (no limit) to 1000000"});
  if (wanted.expires_at && *wanted.expires_at <= now)
    found.push_back({"/expires_at", "in_the_past", "must be in the future"});
  return found;
}

result<created_key> make_api_key(new_key wanted, time_point now, std::string_view random) {
  auto problems = value_problems(wanted, now);
  if (!problems.empty()) return invalid(std::move(problems));
  created_key made;
  made.secret = std::string(wanted.test ? test_mark : mark) + base64url_encoded(random);
  auto& key = made.key;
  key.name = std::move(wanted.name);
  key.prefix = key_prefix(made.secret);
  key.hash = sha256(made.secret);
  key.scopes = wanted.scopes;
  key.users = std::move(wanted.users);
  std::ranges::sort(key.users);
  key.users.erase(std::unique(key.users.begin(), key.users.end()), key.users.end());
  key.sources = std::move(wanted.sources);
  std::ranges::sort(key.sources);
  key.sources.erase(std::unique(key.sources.begin(), key.sources.end()), key.sources.end());
  key.test = wanted.test;
  key.rate_per_minute = wanted.rate_per_minute;
  key.created_at = now;
  key.expires_at = wanted.expires_at;
  return made;
}

std::string random_key_bytes() {
  std::string bytes(random_bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) !=
      1)
    throw std::runtime_error("the system gives no random bytes");
  return bytes;
}

std::string_view key_prefix(std::string_view key) {
  for (const auto start : {test_mark, mark})
    if (key.starts_with(start) && key.size() == start.size() + random_characters)
      return key.substr(0, start.size() + shown_characters);
  return {};
}

bool acts_for(const persistence::api_key& key, user_id user) {
  return key.users.empty() || std::ranges::binary_search(key.users, user);
}

namespace {

bool is_usable(const persistence::api_key& key, time_point now) {
  return !key.revoked_at && (!key.expires_at || *key.expires_at > now);
}

}  // namespace

key_ring::key_ring(std::vector<persistence::api_key> keys, const key_ring* before,
                   std::vector<persistence::browser_session> sessions) {
  std::unordered_map<persistence::api_key_id, std::shared_ptr<key_usage>> known;
  if (before)
    for (const auto& each : before->entries_)
      known.emplace(each.key.id, each.usage);
  entries_.reserve(keys.size());
  for (auto& key : keys) {
    auto& usage = known[key.id];
    if (!usage) {
      usage = std::make_shared<key_usage>();
      if (key.last_used_at)
        usage->last_used_us = usage->stored_us = key.last_used_at->time_since_epoch().count();
    }
    entries_.push_back({std::move(key), usage});
  }
  // Once the entries stay where they are.
  for (std::size_t i = 0; i < entries_.size(); ++i)
    by_prefix_.emplace(entries_[i].key.prefix, i);
  for (auto& session : sessions) {
    const auto key =
        std::ranges::find(entries_, session.key, [](const auto& e) { return e.key.id; });
    if (key == entries_.end()) continue;
    std::shared_ptr<std::atomic<std::int64_t>> used;
    if (before)
      if (const auto old = before->sessions_.find(session.token); old != before->sessions_.end())
        used = old->second.last_used_us;
    if (!used)
      used =
          std::make_shared<std::atomic<std::int64_t>>(session.used_at.time_since_epoch().count());
    const auto place = static_cast<std::size_t>(key - entries_.begin());
    const auto token = session.token;
    sessions_.emplace(token, session_entry{std::move(session), place, std::move(used)});
  }
}

const key_ring::entry* key_ring::find(std::string_view key, time_point now) const {
  const auto hash = sha256(key);
  const entry* found = nullptr;
  const auto [first, last] = by_prefix_.equal_range(key_prefix(key));
  for (auto at = first; at != last; ++at) {
    const auto& each = entries_[at->second];
    if (equal_in_constant_time(bytes_of(each.key.hash), bytes_of(hash))) found = &each;
  }
  return found && is_usable(found->key, now) ? found : nullptr;
}

const key_ring::session_entry* key_ring::find_session(std::string_view token,
                                                      time_point now) const {
  const auto found = sessions_.find(sha256(token));
  if (found == sessions_.end()) return nullptr;
  const auto& one = found->second;
  // Another node may have seen it later.
  const auto used = std::max(time_point(std::chrono::microseconds(one.last_used_us->load())),
                             one.session.used_at);
  const bool ended = now >= one.session.expires_at || now >= used + session_idle;
  return ended || !is_usable(entries_[one.key].key, now) ? nullptr : &one;
}

bool has_usable_key(const key_ring& ring, time_point now) {
  return std::ranges::any_of(ring.all(),
                             [&](const auto& entry) { return is_usable(entry.key, now); });
}

namespace {

admission admit_as(const std::shared_ptr<const key_ring>& ring, const key_ring::entry& found,
                   time_point now, request_rate::clock::time_point steady_now) {
  admission answer;
  answer.client = std::shared_ptr<const persistence::api_key>(ring, &found.key);
  found.usage->last_used_us = now.time_since_epoch().count();
  if (const auto limit = found.key.rate_per_minute; limit > 0) {
    const auto verdict = found.usage->rate.take(limit, steady_now);
    answer.rate = request_budget{limit, verdict.remaining, verdict.reset, verdict.allowed};
  }
  return answer;
}

}  // namespace

admission admit(const std::shared_ptr<const key_ring>& ring, std::string_view key, time_point now,
                request_rate::clock::time_point steady_now) {
  const auto* found = ring->find(key, now);
  return found ? admit_as(ring, *found, now, steady_now) : admission();
}

admission admit_session(const std::shared_ptr<const key_ring>& ring, std::string_view token,
                        time_point now, request_rate::clock::time_point steady_now) {
  const auto* found = ring->find_session(token, now);
  if (!found) return {};
  found->last_used_us->store(now.time_since_epoch().count());
  return admit_as(ring, ring->all()[found->key], now, steady_now);
}

new_session make_session(persistence::api_key_id key, time_point now, std::string_view random) {
  new_session made;
  made.token = base64url_encoded(random);
  made.session.token = sha256(made.token);
  made.session.key = key;
  made.session.created_at = made.session.used_at = now;
  made.session.expires_at = now + session_life;
  return made;
}

}  // namespace postrider::actors
