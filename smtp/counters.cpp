#include "smtp/counters.hpp"

namespace postrider::smtp {

refusal refusal_of(std::string_view enhanced) {
  if (enhanced.size() < 3) return refusal::protocol;
  const auto subject = enhanced.substr(2);
  if (subject == "1.1" || subject == "1.3" || subject == "6.7") return refusal::recipient;
  if (subject == "7.1" || subject == "7.8" || subject == "7.11" || enhanced == "5.7.0")
    return refusal::unauthorized;
  if (subject == "6.0") return refusal::content;
  if (subject == "3.4") return refusal::too_large;
  if (subject == "3.1") return refusal::no_room;
  return refusal::protocol;
}

boost::json::object statistics(const counters& counted, std::size_t held) {
  boost::json::object mails, refused;
  for (std::size_t i = 0; i < mail_end_names.size(); ++i)
    mails[mail_end_names[i]] = counted.mails[i].load();
  for (std::size_t i = 0; i < refusal_names.size(); ++i)
    refused[refusal_names[i]] = counted.refused[i].load();
  return {{"connections", counted.connections.load()},
          {"connections_accepted", counted.accepted.load()},
          {"connections_encrypted", counted.encrypted.load()},
          {"logins", counted.logins.load()},
          {"wrong_keys_held_back", counted.held_back.load()},
          {"mails", std::move(mails)},
          {"refused", std::move(refused)},
          {"held_bytes", held},
          {"seconds", counted.seconds.report()}};
}

}  // namespace postrider::smtp
