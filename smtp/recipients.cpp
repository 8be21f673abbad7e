#include "smtp/recipients.hpp"

#include "base/ascii.hpp"

#include <boost/throw_exception.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace postrider::smtp {
namespace {

using inbound::source_ptr;
using found_source = boost::system::result<source_ptr, reply>;

constexpr auto user_mark = inbound::mail_of_users;

reply unknown(const mail_path& to) {
  return {550, "5.1.1",
          fmt::format("<{}> is no recipient here; write to the name of a [[source]] of type "
                      "\"mail\" (GET /v1/sources lists them), or to user+NUMBER",
                      to.text())};
}

reply not_for_this_key(std::string_view what) {
  return {550, "5.7.1", fmt::format("this API key is not for {}; use another key", what)};
}

found_source source_named(const inbound::source_directory& all, const std::string& name,
                          const recipient_rules& rules, const mail_path& to) {
  const auto source = all.named(name);
  if (!source) return unknown(to);
  if (source->settings.type != sources::source_type::mail)
    return reply{550, "5.1.1",
                 fmt::format("the source {} takes no mail; give it type = \"mail\", or write to "
                             "another one",
                             name)};
  if (rules.key != nullptr && !rules.key->sources.empty() &&
      !std::ranges::binary_search(rules.key->sources, name))
    return not_for_this_key("the source " + name);
  return source;
}

found_source source_of_user(const std::string& local, const recipient_rules& rules,
                            const mail_path& to) {
  const auto user = sources::named_user("user:" + local.substr(user_mark.size()));
  if (user == 0) return unknown(to);
  if (rules.key != nullptr && !rules.key->sources.empty())
    return not_for_this_key("users, but for its sources only");
  inbound::open_source made;
  // By the number, because user+7 and user+007 are one.
  made.settings.name = fmt::format("{}{}", user_mark, user);
  made.settings.type = sources::source_type::mail;
  made.settings.to = {fmt::format("user:{}", user)};
  made.settings.dedupe = sources::mail_dedupe;
  // The limit is max_size of [smtp].
  made.settings.max_body = std::numeric_limits<std::size_t>::max();
  made.history = rules.of_users;
  return std::make_shared<const inbound::open_source>(std::move(made));
}

}  // namespace

found_source find_recipient(const inbound::source_directory& all, const recipient_rules& rules,
                            const mail_path& to) {
  if (to.empty()) return reply{501, "5.1.3", "a recipient is an address such as <alerts@host>"};
  if (!rules.only_source.empty()) return source_named(all, rules.only_source, rules, to);
  const auto local = ascii::lower_case(to.local);
  if (local.starts_with(user_mark)) return source_of_user(local, rules, to);
  if (local != "postmaster" || all.named(local)) return source_named(all, local, rules, to);
  if (!rules.postmaster.empty()) return source_named(all, rules.postmaster, rules, to);
  return reply{550, "5.1.1",
               "mail to postmaster has no recipient here; set `postmaster` of [smtp] to the name "
               "of a source"};
}

void throw_exception_from_error(const reply& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.text), where);
}

}  // namespace postrider::smtp
