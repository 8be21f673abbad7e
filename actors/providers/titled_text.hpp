#pragma once

#include "actors/providers/driver.hpp"
#include "actors/providers/problem_list.hpp"

#include <string>

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

}  // namespace postrider::actors
