#include "tools/provider-sim/signal_challenge.hpp"

#include "tools/provider-sim/rpc_reply.hpp"

#include <string>

/// Witness: AsamK/signal-cli v0.14.6, commands/SubmitRateLimitChallengeCommand.java and
/// ManagerImpl.java, which takes the scheme off; signalapp/Signal-Server@218a1cd,
/// ChallengeController.java, which looks at the captcha and not at the token.
namespace postrider::provider_sim {

challenge_verdict answer_challenge(provider& at, std::string_view token, std::string_view captcha) {
  constexpr std::string_view scheme = "signalcaptcha://";
  if (captcha.starts_with(scheme)) captcha.remove_prefix(scheme.size());
  if (token.empty() || !captcha.starts_with("signal-hcaptcha."))
    return {rpc_code::io_error, "Submit challenge error: StatusCode: 400"};
  if (!at.used_captchas.emplace(captcha).second)
    return {rpc_code::captcha_rejected,
            "Captcha rejected, it may be outdated, already used or solved from a different IP "
            "address."};
  at.captcha_solved = true;
  return {};
}

outcome after_challenge(const provider& at, outcome what) {
  return what == outcome::rate_limit_captcha && at.captcha_solved ? outcome::accept : what;
}

}  // namespace postrider::provider_sim
