#include "base/percent.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace postrider {

namespace urls = boost::urls;

std::string percent_encoded(std::string_view text) {
  return urls::encode({text.data(), text.size()}, urls::unreserved_chars);
}

std::optional<std::string> percent_decoded(std::string_view text, plus_sign plus) {
  const auto checked = urls::make_pct_string_view({text.data(), text.size()});
  if (!checked) return std::nullopt;
  return checked->decode(urls::encoding_opts(plus == plus_sign::space));
}

std::optional<encoded_field> next_field(std::string_view& text) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto field = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (field.empty()) continue;
    const auto equals = field.find('=');
    if (equals == field.npos) return encoded_field{field, {}};
    return encoded_field{field.substr(0, equals), field.substr(equals + 1)};
  }
  return std::nullopt;
}

std::string form_encoded(const form_fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out.append(percent_encoded(name)).append("=").append(percent_encoded(value));
  }
  return out;
}

std::optional<form_fields> form_decoded(std::string_view text) {
  form_fields out;
  while (const auto field = next_field(text)) {
    auto name = percent_decoded(field->name, plus_sign::space);
    auto value = percent_decoded(field->value, plus_sign::space);
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace postrider
