#include "persistence/sql/database_url.hpp"

#include <boost/url/parse.hpp>

namespace postrider::persistence {
namespace {

ledger_error bad(const std::string& what) {
  return {ledger_errc::bad_settings,
          "database.url " + what +
              "; it is \"sqlite:PATH\", \"mysql://user@host:3306/name\" or "
              "\"mysql://user@localhost/name?socket=/path\""};
}

result<database_url> parse_mysql(const std::string& text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return bad("is not a URL");
  const auto& url = *parsed;
  if (url.has_password()) return bad("contains a password: use password_file or password_env");
  database_url result;
  result.kind = database_url::kind::mysql;
  result.user = url.user();
  result.host = url.host();
  result.port = url.has_port() ? url.port_number() : 3306;
  const auto segments = url.segments();
  if (segments.size() != 1 || (*segments.begin()).empty()) return bad("does not name one database");
  result.name = *segments.begin();
  for (const auto& parameter : url.params()) {
    if (parameter.key != "socket")
      return bad("has an unknown parameter '" + std::string(parameter.key) + "'");
    result.socket = parameter.value;
  }
  if (result.user.empty()) return bad("names no user");
  if (result.host.empty()) return bad("names no host");
  return result;
}

}  // namespace

result<database_url> parse_database_url(const std::string& text) {
  constexpr std::string_view sqlite = "sqlite:", mysql = "mysql://";
  if (text.starts_with(mysql)) return parse_mysql(text);
  if (!text.starts_with(sqlite))
    return bad("has neither \"sqlite:\" nor \"mysql://\" at its start");
  database_url result;
  result.path = text.substr(sqlite.size());
  if (result.path.empty()) return bad("names no file");
  result.kind = result.path == ":memory:" ? database_url::kind::sqlite_memory
                                          : database_url::kind::sqlite_file;
  return result;
}

}  // namespace postrider::persistence
