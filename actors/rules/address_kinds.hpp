#pragma once

#include "actors/providers/driver.hpp"

#include <string>

/// Kinds of addresses in words for a person.
namespace postrider::actors {

/// "phone numbers and URLs": what the driver can use. It is asked, so a new type needs no table.
std::string kinds_taken_by(const driver& driver);

/// "a phone number and an email address".
std::string kinds_of(const persistence::recipient& recipient);

/// Why the driver can never use the recipient's address: "takes phone numbers, not an email
/// address". Empty when it can.
std::string address_refusal(const driver& driver, const persistence::recipient& recipient);

}  // namespace postrider::actors
