#pragma once

#include "actors/api/gateway.hpp"
#include "actors/rules/routing.hpp"
#include "actors/settings.hpp"

#include <functional>
#include <map>

/// Why a transaction goes through its provider, for people: what the rule made of its inputs, kept
/// with the transaction. Pure functions.
namespace postrider::actors {

using providers_by_id = std::map<persistence::provider_id, persistence::provider>;

/// A ranking as it is stored with its transaction, some 10 bytes for each provider, at most
/// persistence::max_decision_bytes:
///
///   decision  = ("u" / "d") *(" " candidate) [" +" left-out]
///   candidate = provider ":" priority *flag ["x" exclusion] ["=" length ":" text]
///
/// "u": the user's own list, "d": none, the default order. The candidates are in their order; what
/// does not fit is counted. A flag is "p" (of the type that is tried first), "o" (circuit open) or
/// "f" (fallback_on_undelivered). The text is the address, left out where it is that of the
/// transaction, or what the driver said about content that it refuses, cut to 100 bytes.
std::string encode_decision(std::span<const candidate> ranking);

/// A stored decision, which can be put through the rule again.
class recorded_decision {
 public:
  /// Nothing when the transaction has none (it is of an older version), or another form.
  static std::optional<recorded_decision> of(const persistence::transaction& made);

  /// As it was, before anything was tried after it.
  const std::vector<candidate>& ranking() const { return ranking_; }
  /// How many candidates did not fit.
  std::int32_t left_out() const { return left_out_; }
  /// The rule's answer to the same inputs, after these attempts.
  std::vector<candidate> rank_again(std::span<const persistence::attempt> attempts) const;

 private:
  std::vector<candidate> ranking_;
  bool own_list_ = false;
  std::int32_t left_out_ = 0;
};

/// The attempts of a chain before the row's own last one.
std::vector<persistence::attempt> attempts_before(const persistence::transaction& row);

/// The attempts and their times if every attempt fails at once as `unavailable`, by the retry
/// policy without jitter. `first` is the transaction that would be made, or was. Fills `plan` and
/// `repeat`.
using ranker =
    std::function<std::vector<candidate>(std::span<const persistence::attempt> attempts)>;
void plan_into(route_explanation& explained, persistence::transaction first, const ranker& rank,
               const messaging_settings& settings, std::chrono::milliseconds give_up_after,
               const providers_by_id& all);

/// Ranks from 1 in the order in which they would be tried; none for the excluded ones.
std::vector<explained_candidate> explain(std::span<const candidate> ranking,
                                         const providers_by_id& all);

/// The inputs of the rule for a message that is not sent, but for the recipient.
struct routing_inputs {
  const persistence::message* message = nullptr;
  std::string_view default_type;
  std::span<const persistence::user_provider> user_list;
  std::span<const routed_provider> providers;
};
/// For all its recipients, in their order.
std::vector<route_explanation> explain_message(const routing_inputs& inputs,
                                               const send_request& request,
                                               const messaging_settings& settings,
                                               const providers_by_id& all);
/// As it was decided when the transaction was made. Without a stored decision its own provider
/// only.
route_explanation explain_transaction(const persistence::transaction& made,
                                      const messaging_settings& settings,
                                      const providers_by_id& all);

}  // namespace postrider::actors
