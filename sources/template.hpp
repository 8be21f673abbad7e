#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Mustache over JSON, by kainjow's library: no HTML escaping, no partials. "{{a.b.0}}" reaches
/// members and elements.
namespace postrider::sources {

struct rendering {
  std::string text;
  /// Empty: it went well.
  std::string fault;
};

/// Why the text is no template: "Unclosed section \"alerts\" at 3"; nothing: it is one.
std::optional<std::string> template_fault(std::string_view text);

/// `extras`, an object, is looked at before `payload`. A list gives at most its first 1,000
/// elements. Never throws: more than max_template_output is a fault.
rendering render(std::string_view text, const boost::json::value& payload,
                 const boost::json::value& extras);

}  // namespace postrider::sources
