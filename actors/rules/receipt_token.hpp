#pragma once

#include "actors/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The last part of a receipt's URL: it names the transaction and proves that we made it, since
/// neither Kannel nor signal-cli signs its calls. Pure functions.
namespace postrider::actors {

/// "123.hX2…": the transaction's id and 128 bits of HMAC-SHA256 over provider and id, in base64url.
/// With id 0 the token speaks for the provider as a whole.
std::string receipt_token(std::string_view secret, std::string_view provider,
                          persistence::transaction_id id);

/// The id of a token that receipt_token() made, compared in constant time; else nothing.
std::optional<persistence::transaction_id> read_receipt_token(std::string_view secret,
                                                              std::string_view provider,
                                                              std::string_view token);

/// "https://postrider.example.org/receipts/sms-main/123.hX2…"; empty when none are asked for.
std::string receipt_url(const receipt_settings& settings, std::string_view provider,
                        persistence::transaction_id id);

}  // namespace postrider::actors
