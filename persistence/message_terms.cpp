#include "persistence/message_terms.hpp"

#include "base/digest.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace postrider::persistence {

message_term term_of(term_kind kind, std::string_view key, std::string_view value) {
  std::string text;
  text.reserve(key.size() + value.size() + 2);
  text.push_back(static_cast<char>('0' + static_cast<int>(kind)));
  text.append(key).push_back('\0');
  text.append(value);
  const auto digest = sha256(text);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i)
    bits = bits << 8 | digest[i];
  return static_cast<message_term>((bits & ~std::uint64_t{3}) | static_cast<std::uint64_t>(kind));
}

std::vector<std::pair<std::string, std::string>> metadata_members(std::string_view metadata) {
  std::vector<std::pair<std::string, std::string>> members;
  if (metadata.empty()) return members;
  boost::system::error_code failed;
  const auto value = boost::json::parse(metadata, failed);
  const auto* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return members;
  for (const auto& entry : *object)
    if (const auto* text = entry.value().if_string()) members.emplace_back(entry.key(), *text);
  return members;
}

std::vector<message_term> terms_of(const message& of, std::span<const std::string_view> addresses) {
  std::vector<message_term> terms;
  if (!of.reference.empty()) terms.push_back(term_of(term_kind::reference, {}, of.reference));
  auto members = metadata_members(of.metadata);
  if (members.size() > max_metadata_terms) members.resize(max_metadata_terms);
  for (const auto& [name, value] : members)
    terms.push_back(term_of(term_kind::metadata, name, value));
  std::vector<std::string_view> found(addresses.begin(), addresses.end());
  for (const auto& one : of.recipients)
    found.insert(found.end(), {one.phone, one.email, one.url});
  std::ranges::sort(found);
  const auto twice = std::ranges::unique(found);
  found.erase(twice.begin(), twice.end());
  for (const auto one : found)
    if (!one.empty()) terms.push_back(term_of(term_kind::recipient, {}, one));
  std::ranges::sort(terms);
  const auto same = std::ranges::unique(terms);
  terms.erase(same.begin(), same.end());
  return terms;
}

}  // namespace postrider::persistence
