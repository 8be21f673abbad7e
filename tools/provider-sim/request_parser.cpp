#include "tools/provider-sim/request_parser.hpp"

namespace postrider::provider_sim {
namespace {
constexpr std::uint64_t max_body = 8 * 1024 * 1024;
}

void request_parts::clear() {
  method.clear();
  target.clear();
  content_type.clear();
  body.clear();
  authorization.clear();
  webhook_id.clear();
  webhook_timestamp.clear();
  webhook_signature.clear();
  expects_continue = false;
}

request_parser::request_parser(request_parts& into) : into_(into) {
  into_.clear();
  eager(true);
  body_limit(max_body);
}

void request_parser::on_request_impl(verb, text method, text target, int, error_code&) {
  into_.method.assign(method.data(), method.size());
  into_.target.assign(target.data(), target.size());
}

void request_parser::on_field_impl(field name, text written, text value, error_code&) {
  if (name == field::content_type) into_.content_type.assign(value.data(), value.size());
  else if (name == field::expect)
    into_.expects_continue = boost::beast::iequals(value, "100-continue");
  else if (name == field::authorization) into_.authorization.assign(value.data(), value.size());
  else if (name == field::unknown) on_unknown_field(written, value);
}

// Standard Webhooks' own.
void request_parser::on_unknown_field(text name, text value) {
  const std::pair<text, std::string*> wanted[] = {
      {"webhook-id", &into_.webhook_id},
      {"webhook-timestamp", &into_.webhook_timestamp},
      {"webhook-signature", &into_.webhook_signature},
  };
  for (const auto& [known, place] : wanted)
    if (boost::beast::iequals(name, known)) place->assign(value.data(), value.size());
}

std::size_t request_parser::on_body_impl(text body, error_code&) {
  into_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text body, error_code&) {
  into_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace postrider::provider_sim
