#include "persistence/sql/database_url.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::persistence {

BOOST_AUTO_TEST_SUITE(database_urls)

BOOST_AUTO_TEST_CASE(files_and_memory_are_sqlite) {
  BOOST_TEST(parse_database_url("sqlite:a/b.db")->path == "a/b.db");
  BOOST_TEST((parse_database_url("sqlite:a.db")->kind == database_url::kind::sqlite_file));
  BOOST_TEST((parse_database_url("sqlite::memory:")->kind == database_url::kind::sqlite_memory));
}

BOOST_AUTO_TEST_CASE(a_server_has_user_host_port_and_name) {
  const auto url = parse_database_url("mysql://po%40st@db.example:3307/mail").value();
  BOOST_TEST(url.user == "po@st");
  BOOST_TEST(url.host == "db.example");
  BOOST_TEST(url.port == 3307);
  BOOST_TEST(url.name == "mail");
  BOOST_TEST(url.socket.empty());
  BOOST_TEST(parse_database_url("mysql://u@h/n")->port == 3306);
  BOOST_TEST(parse_database_url("mysql://u@localhost/n?socket=/run/my.sock")->socket ==
             "/run/my.sock");
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_without_repeating_a_password) {
  for (const char* bad :
       {"", "postgres://x", "sqlite:", "mysql://h/n", "mysql://u@h", "mysql://u@h/a/b",
        "mysql://u@h/n?sokcet=/x", "mysql://u:secret@h/n", "mysql://u@/n", "mysql://u@h/"}) {
    const auto parsed = parse_database_url(bad);
    BOOST_REQUIRE_MESSAGE(parsed.has_error(), bad);
    BOOST_TEST((parsed.error().code == ledger_errc::bad_settings));
    BOOST_TEST(parsed.error().message.find("secret") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::persistence
