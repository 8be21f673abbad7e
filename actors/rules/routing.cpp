#include "actors/rules/routing.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/addresses.hpp"
#include "base/mutant.hpp"

#include <algorithm>
#include <tuple>

namespace postrider::actors {
namespace {

/// One line of the list that the rule works on: the user's own, or one made from all providers.
struct line {
  const routed_provider* provider = nullptr;
  persistence::provider_id id = 0;
  std::int32_t priority = 0;
  bool line_active = true;
  bool preferred_type = false;
  std::string_view own_address;
  bool fallback_on_undelivered = false;
};

const routed_provider* find(std::span<const routed_provider> providers,
                            persistence::provider_id id) {
  const auto at =
      std::find_if(providers.begin(), providers.end(), [id](const auto& p) { return p.id == id; });
  return at == providers.end() ? nullptr : &*at;
}

/// The provider of a line, or for a test message the test provider that replaces it.
const routed_provider* provider_of(const persistence::user_provider& own,
                                   const routing_request& request) {
  const auto* named = find(request.providers, own.provider);
  if (!named || named->test == request.message->test) return named;
  if (named->test) return nullptr;
  const auto at = std::ranges::find_if(
      request.providers, [&](const auto& one) { return one.test && one.type == named->type; });
  return at == request.providers.end() ? nullptr : &*at;
}

/// The less, the sooner it is used.
std::tuple<bool, bool, std::int32_t> usefulness(const line& one) {
  return {!one.line_active, one.own_address.empty(), one.priority};
}

std::vector<line> lines_of_user(const routing_request& request) {
  const auto& message = *request.message;
  std::vector<line> lines;
  lines.reserve(request.user_list.size());
  for (const auto& own : request.user_list) {
    const auto* provider = provider_of(own, request);
    if (message.test && !provider) continue;
    const auto id = provider ? provider->id : own.provider;
    const bool preferred =
        provider && !message.requested_type.empty() && provider->type == message.requested_type;
    const line next{provider,
                    id,
                    own.priority,
                    own.active,
                    preferred,
                    own.address,
                    own.fallback_on_undelivered};
    // Two real providers of one type are replaced by the same test provider, at the place of the
    // better one.
    const auto same = message.test ? std::ranges::find(lines, id, &line::id) : lines.end();
    if (same == lines.end()) lines.push_back(next);
    else if (usefulness(next) < usefulness(*same)) *same = next;
  }
  return lines;
}

std::vector<line> lines_of(const routing_request& request) {
  if (!request.user_list.empty()) return lines_of_user(request);
  const auto& wanted = request.message->requested_type;
  std::vector<line> lines;
  const std::string_view preferred =
      wanted.empty() ? request.default_type : std::string_view(wanted);
  lines.reserve(request.providers.size());
  for (const auto& provider : request.providers)
    if (provider.test == request.message->test)
      lines.push_back(
          {&provider, provider.id, provider.priority, true, provider.type == preferred, {}, false});
  return lines;
}

std::optional<std::string> address_of(const line& entry, const persistence::recipient& recipient) {
  if (!(recipient == persistence::recipient{}))
    return entry.provider->driver->address_for(recipient);
  if (entry.provider->test && !entry.own_address.empty())
    return entry.provider->driver->address_for(test_user());
  // The user is the recipient, at the address of the user's own list.
  const auto own = parse_recipient(entry.own_address);
  return own ? entry.provider->driver->address_for(*own) : std::nullopt;
}

bool rejects(persistence::error_code outcome) {
  return outcome == persistence::error_code::recipient_rejected ||
         outcome == persistence::error_code::message_rejected;
}

exclusion judge(const line& entry, const routing_request& request, candidate& out) {
  for (const auto& tried : request.attempts) {
    if (tried.provider != entry.id) continue;
    out.tries += tried.count;
    if (rejects(tried.last.outcome) && !mutant(mutation::rejection_forgotten))
      return exclusion::rejected;
  }
  if (!entry.line_active) return exclusion::user_provider_inactive;
  if (!entry.provider || !entry.provider->driver) return exclusion::not_configured;
  if (!entry.provider->active) return exclusion::provider_inactive;
  const auto& message = *request.message;
  if (!message.fallback && !message.requested_type.empty() &&
      entry.provider->type != message.requested_type)
    return exclusion::other_type;
  const auto no = static_cast<std::size_t>(request.recipient_no);
  auto address = address_of(
      entry, no < message.recipients.size() ? message.recipients[no] : persistence::recipient{});
  if (!address) return exclusion::no_address;
  if (request.refused_content) {
    const auto refused = request.refused_content->find(entry.id);
    if (refused != request.refused_content->end()) {
      out.detail = refused->second;
      return exclusion::content;
    }
  }
  out.address = std::move(*address);
  return exclusion::none;
}

}  // namespace

std::string_view to_string(exclusion reason) {
  switch (reason) {
    case exclusion::none: return "";
    case exclusion::user_provider_inactive: return "switched off in the user's list";
    case exclusion::provider_inactive: return "switched off";
    case exclusion::not_configured: return "not in this server's configuration";
    case exclusion::other_type: return "of another type, and fallback is false";
    case exclusion::no_address: return "cannot reach this recipient";
    case exclusion::content: return "cannot take this content";
    case exclusion::rejected: return "rejected this recipient or this content before";
  }
  return "?";
}

content_refusals refusals_of(const persistence::message& message,
                             std::span<const routed_provider> providers) {
  content_refusals refused;
  for (const auto& provider : providers) {
    if (!provider.driver || provider.test != message.test) continue;
    if (auto reason = provider.driver->content_refusal(message))
      refused.emplace(provider.id, std::move(*reason));
  }
  return refused;
}

std::vector<candidate> rank(const routing_request& request) {
  auto lines = lines_of(request);
  std::stable_sort(lines.begin(), lines.end(), [](const line& a, const line& b) {
    return std::tuple(!a.preferred_type, a.priority, a.id) <
           std::tuple(!b.preferred_type, b.priority, b.id);
  });
  if (!request.attempts.empty()) {
    const auto last = std::find_if(lines.begin(), lines.end(), [&](const line& entry) {
      return entry.id == request.attempts.back().provider;
    });
    if (last != lines.end()) std::rotate(lines.begin(), last + 1, lines.end());
  }
  std::vector<candidate> candidates;
  candidates.reserve(lines.size());
  for (const auto& entry : lines) {
    candidate next;
    next.provider = entry.id;
    next.priority = entry.priority;
    next.preferred_type = entry.preferred_type;
    next.from_user_list = !request.user_list.empty();
    next.excluded = judge(entry, request, next);
    next.circuit_open = entry.provider && entry.provider->circuit_open;
    next.probing = entry.provider && entry.provider->probing;
    next.fallback_on_undelivered =
        request.message->fallback_on_undelivered.value_or(entry.fallback_on_undelivered);
    candidates.push_back(std::move(next));
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const candidate& a, const candidate& b) {
                     const auto key = [](const candidate& c) {
                       return std::tuple(c.excluded != exclusion::none, c.circuit_open);
                     };
                     return key(a) < key(b);
                   });
  return candidates;
}

const candidate* first_usable(std::span<const candidate> candidates) {
  return candidates.empty() || candidates.front().excluded != exclusion::none ? nullptr
                                                                              : &candidates.front();
}

}  // namespace postrider::actors
