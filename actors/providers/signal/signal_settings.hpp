#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// The settings that the drivers of type `signal` have in common, checked.
struct signal_settings {
  std::string name;
  /// Without a slash at its end.
  std::string url;
  /// The sending account's phone number.
  std::string account;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{120'000};
  /// True: the subject is put in front of the text.
  bool subject_in_text = true;
};

}  // namespace postrider::actors
