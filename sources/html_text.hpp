#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// HTML of a mail as plain text: lines for paragraphs and rows, "- " for items, addresses behind
/// links, the texts of pictures. Takes one pass, whatever the HTML is. Without control characters.
std::string html_to_text(std::string_view html);

}  // namespace postrider::sources
