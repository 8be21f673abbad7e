#pragma once

#include "tools/provider-sim/provider_book.hpp"

#include <string_view>

namespace postrider::provider_sim {

// The token of every captcha that is asked for.
inline constexpr std::string_view challenge_token = "2fd3c1a0-7b61-4f0e-9d55-0c1e9b7f4a11";

// signal-cli's reply to an answer: the code of the error and its text; 0 when it was taken.
// No captcha is asked for then, until the provider gets another behaviour.
struct challenge_verdict {
  int code = 0;
  std::string_view text;
};
challenge_verdict answer_challenge(provider& at, std::string_view token, std::string_view captcha);

// A captcha that was solved is not asked for again.
outcome after_challenge(const provider& at, outcome what);

}  // namespace postrider::provider_sim
