#pragma once

#include "sources/translate.hpp"

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Bodies and queries of names and values.
namespace postrider::sources {

/// application/x-www-form-urlencoded.
bool is_form(std::string_view content_type);
bool is_json_type(std::string_view content_type);
bool is_multipart(std::string_view content_type);

/// Decodes leniently: an escape that is none stays as it is.
text_fields form_of(std::string_view body);

/// The value of the first of these names, compared without case; nothing: none is there.
std::optional<std::string> field_of(const text_fields& in, std::span<const std::string_view> names);
std::optional<std::string> field_of(const text_fields& in,
                                    std::initializer_list<std::string_view> names);

/// Recipients in one text: "user:7,+15551234567". A blank before a digit was a "+" in a query.
recipient_list recipients_in(std::string_view text);

}  // namespace postrider::sources
