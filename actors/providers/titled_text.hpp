#pragma once

#include "actors/providers/driver.hpp"
#include "actors/providers/problem_list.hpp"

#include <functional>
#include <string>
#include <string_view>

/// The text of a message on a channel that has no subject of its own.
namespace postrider::actors {

/// The key of [[provider]] that switches it off.
inline constexpr driver_key subject_in_text_key{
    "subject_in_text", key_kind::boolean, false, "true",
    "true: a message's subject is put in front of its text, on a line of its own"};

/// The value of the key; a mistake goes to `wrong`.
bool subject_in_text(const provider_settings& settings, problem_list& wrong);

/// Subject, line break, text. The text alone where there is no subject, no text or `with_subject`
/// is false.
std::string titled_text(const persistence::message& message, bool with_subject);

/// The text as it is sent: cut to the longest that `fits`, where the message may be cut.
std::string sent_text(const persistence::message& message, bool with_subject,
                      const std::function<bool(std::string_view)>& fits);

/// The same as titled_text without a copy where the text is alone; as long as the message lives.
class titled_view {
 public:
  titled_view(const persistence::message& message, bool with_subject);
  titled_view(const titled_view&) = delete;
  titled_view& operator=(const titled_view&) = delete;
  std::string_view get() const { return view_; }

 private:
  std::string both_;
  std::string_view view_;
};

}  // namespace postrider::actors
