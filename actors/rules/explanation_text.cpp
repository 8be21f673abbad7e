#include "actors/rules/explanation.hpp"
#include "base/utf8.hpp"

#include <charconv>

namespace postrider::actors {
namespace {

constexpr std::size_t max_detail_bytes = 100;
/// Room for the count of what was left out.
constexpr std::size_t last_bytes = 12;

std::string encode(const candidate& one, std::string_view chosen_address) {
  std::string text = " " + std::to_string(one.provider) + ":" + std::to_string(one.priority);
  if (one.preferred_type) text += 'p';
  if (one.circuit_open) text += 'o';
  if (one.fallback_on_undelivered) text += 'f';
  if (one.excluded != exclusion::none) text += "x" + std::to_string(static_cast<int>(one.excluded));
  const auto extra = one.excluded == exclusion::none
                         ? (one.address == chosen_address ? std::string_view() : one.address)
                         : whole_characters(one.detail, max_detail_bytes);
  if (!extra.empty())
    text.append("=").append(std::to_string(extra.size())).append(":").append(extra);
  return text;
}

/// Takes the parts of the text from its front; the first that is not there ends it.
class decision_reader {
 public:
  explicit decision_reader(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::int32_t> number() {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  std::optional<std::string> text() {
    const auto size = number();
    if (!size || *size < 0 || !take(':') || rest_.size() < static_cast<std::size_t>(*size))
      return std::nullopt;
    std::string taken(rest_.substr(0, static_cast<std::size_t>(*size)));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<candidate> read_candidate(decision_reader& from, const std::string& address) {
  candidate one;
  const auto provider = from.number();
  if (!provider || !from.take(':')) return std::nullopt;
  const auto priority = from.number();
  if (!priority) return std::nullopt;
  one.provider = *provider;
  one.priority = *priority;
  one.preferred_type = from.take('p');
  one.circuit_open = from.take('o');
  one.fallback_on_undelivered = from.take('f');
  if (from.take('x')) {
    const auto reason = from.number();
    if (!reason || *reason < 1 || *reason > static_cast<int>(exclusion::rejected))
      return std::nullopt;
    one.excluded = static_cast<exclusion>(*reason);
  }
  if (one.excluded == exclusion::none) one.address = address;
  if (!from.take('=')) return one;
  auto extra = from.text();
  if (!extra) return std::nullopt;
  (one.excluded == exclusion::none ? one.address : one.detail) = std::move(*extra);
  return one;
}

}  // namespace

std::string encode_decision(std::span<const candidate> ranking) {
  const bool own = !ranking.empty() && ranking.front().from_user_list;
  const auto* best = first_usable(ranking);
  std::string text(own ? "u" : "d");
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    const auto next = encode(ranking[i], best ? std::string_view(best->address) : "");
    if (text.size() + next.size() + last_bytes > persistence::max_decision_bytes)
      return text + " +" + std::to_string(ranking.size() - i);
    text += next;
  }
  return text;
}

std::optional<recorded_decision> recorded_decision::of(const persistence::transaction& made) {
  decision_reader from(made.decision);
  recorded_decision decision;
  decision.own_list_ = from.take('u');
  if (!decision.own_list_ && !from.take('d')) return std::nullopt;
  while (!from.at_end()) {
    if (!from.take(' ')) return std::nullopt;
    if (from.take('+')) {
      const auto count = from.number();
      if (!count || !from.at_end()) return std::nullopt;
      decision.left_out_ = *count;
      break;
    }
    auto one = read_candidate(from, made.recipient);
    if (!one) return std::nullopt;
    one->from_user_list = decision.own_list_;
    for (const auto& tried : attempts_before(made))
      one->tries += tried.provider == one->provider ? tried.count : 0;
    decision.ranking_.push_back(std::move(*one));
  }
  return decision;
}

}  // namespace postrider::actors
