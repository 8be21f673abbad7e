#include "persistence/apply/refusal.hpp"

#include "base/utf8.hpp"

namespace postrider::persistence {
namespace {

/// Collects the first reason.
class checker {
 public:
  checker& text(std::string_view what, std::string_view value, std::size_t max_bytes) {
    if (!reason_.empty()) return *this;
    if (value.size() > max_bytes)
      reason_ = std::string(what) + " has " + std::to_string(value.size()) + " bytes, at most " +
                std::to_string(max_bytes) + " are stored";
    else if (!is_utf8(value)) reason_ = std::string(what) + " is not UTF-8";
    return *this;
  }
  checker& transaction(const persistence::transaction& t) {
    return text("recipient", t.recipient, max_recipient_bytes)
        .text("the decision", t.decision, max_decision_bytes);
  }
  checker& message(const persistence::message& m) {
    text("text", m.text, max_text_bytes).text("subject", m.subject, max_subject_bytes);
    text("html", m.html, max_html_bytes).text("metadata", m.metadata, max_metadata_bytes);
    text("type", m.requested_type, max_type_bytes)
        .text("reference", m.reference, max_reference_bytes);
    for (const auto& r : m.recipients)
      text("phone", r.phone, max_recipient_bytes)
          .text("email", r.email, max_recipient_bytes)
          .text("url", r.url, max_recipient_bytes);
    return *this;
  }
  checker& require(bool condition, std::string_view otherwise) {
    if (reason_.empty() && !condition) reason_ = otherwise;
    return *this;
  }
  std::string reason() { return std::move(reason_); }

 private:
  std::string reason_;
};

struct refusal {
  std::string operator()(const accept_message& t) const {
    if (!t.message) return "there is no message";
    checker check;
    check.message(*t.message).require(!t.transactions.empty(), "the message has no transactions");
    for (const auto& row : t.transactions)
      check.transaction(row);
    return check.reason();
  }
  std::string operator()(const retry_with& t) const {
    return checker().transaction(t.successor).reason();
  }
  std::string operator()(const wait_again& t) const {
    return checker()
        .text("recipient", t.recipient, max_recipient_bytes)
        .text("the decision", t.decision, max_decision_bytes)
        .reason();
  }
  std::string operator()(const reroute& t) const {
    return checker()
        .text("recipient", t.recipient, max_recipient_bytes)
        .text("the decision", t.decision, max_decision_bytes)
        .reason();
  }
  std::string operator()(const start_chain& t) const {
    return checker().transaction(t.first).reason();
  }
  std::string operator()(const settle_unknown& t) const {
    return checker()
        .text("the name of the key", t.by, max_key_name_bytes)
        .transaction(t.first)
        .reason();
  }
  std::string operator()(const put_user_providers& t) const {
    checker check;
    for (const auto& line : t.list)
      check.text("address", line.address, max_recipient_bytes);
    return check.reason();
  }
  std::string operator()(const put_providers& t) const {
    checker check;
    for (const auto& p : t.providers)
      check.text("provider name", p.name, max_provider_name_bytes)
          .text("provider type", p.type, max_type_bytes);
    for (const auto& type : t.types)
      check.text("provider type", type, max_type_bytes);
    return check.reason();
  }
  std::string operator()(const create_api_key& t) const {
    return checker()
        .text("the name of the key", t.key.name, max_key_name_bytes)
        .text("the prefix of the key", t.key.prefix, max_key_prefix_bytes)
        .require(t.key.users.size() <= max_key_users, "the key has too many users")
        .require(t.key.sources.size() <= max_key_sources, "the key has too many sources")
        .reason();
  }
  std::string operator()(const create_endpoint& t) const {
    return checker()
        .text("the URL", t.what.url, max_endpoint_url_bytes)
        .text("the description", t.what.description, max_endpoint_description_bytes)
        .text("the secret", t.what.secret, max_endpoint_secret_bytes)
        .require(t.what.users.size() <= max_endpoint_users, "the endpoint has too many users")
        .reason();
  }
  std::string operator()(const change_endpoint& t) const {
    return checker()
        .text("the URL", t.url.value_or(""), max_endpoint_url_bytes)
        .text("the description", t.description.value_or(""), max_endpoint_description_bytes)
        .text("the secret", t.secret.value_or(""), max_endpoint_secret_bytes)
        .require(!t.users || t.users->size() <= max_endpoint_users,
                 "the endpoint has too many users")
        .reason();
  }
  std::string operator()(const auto&) const { return {}; }
};

}  // namespace

std::string refusal_of(const transition& t) { return std::visit(refusal{}, t); }

}  // namespace postrider::persistence
