#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

namespace postrider::inbound {

/// The link with which a person signs in while there is no key: good for half an hour, and once. It
/// lives in this process only. For any thread.
class first_sign_in {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes life{30};

  void open(std::string_view token, clock::time_point now);
  /// Whether the token is that of the link; from then on it is good for nobody.
  bool take(std::string_view token, clock::time_point now);
  /// The sign-in failed: the link is good again until its time is over.
  void give_back();

 private:
  std::mutex mutex_;
  /// SHA-256 of the token; nothing: there is no link.
  std::optional<std::array<std::uint8_t, 32>> hash_;
  clock::time_point ends_{};
  bool taken_ = false;
};

}  // namespace postrider::inbound
