#include "http/connection/local_socket.hpp"

#include "base/log.hpp"
#include "tests/http/keys_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace postrider::test {
namespace {

using http::local_socket;
using http::local_socket_state;
using http::look_at_local_socket;

struct folder_fixture : keys_fixture {
  folder_fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "postrider-sock-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    path = (folder / "s.sock").string();
  }
  ~folder_fixture() {
    server.reset();
    set_log_sink({});
    std::filesystem::remove_all(folder);
  }
  /// A server that was killed leaves its file.
  void leave_a_stale_socket() const {
    auto dead = local_socket::open(path);
    BOOST_REQUIRE(dead.has_value());
    std::filesystem::rename(path, path + ".kept");
    dead = local_socket();
    std::filesystem::rename(path + ".kept", path);
    BOOST_REQUIRE(look_at_local_socket(path) == local_socket_state::stale);
  }
  std::string mistake() const {
    const auto opened = local_socket::open(path);
    return opened.has_value() ? std::string() : opened.error();
  }

  std::filesystem::path folder;
  std::string path;
};

BOOST_FIXTURE_TEST_SUITE(local_socket_, folder_fixture)

BOOST_AUTO_TEST_CASE(is_for_owner_and_group_whatever_the_umask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0077}}) {
    const mode_t before = ::umask(mask);
    const auto opened = local_socket::open(path);
    ::umask(before);
    struct stat file {};
    BOOST_REQUIRE(::stat(path.c_str(), &file) == 0);
    BOOST_TEST((file.st_mode & 07777) == 0660);
    BOOST_TEST((look_at_local_socket(path) == local_socket_state::live));
  }
  BOOST_TEST(!std::filesystem::exists(path));
  BOOST_TEST((look_at_local_socket(path) == local_socket_state::nothing));
}

BOOST_AUTO_TEST_CASE(takes_the_place_of_a_dead_servers_and_of_nothing_else) {
  leave_a_stale_socket();
  {
    const auto live = local_socket::open(path);
    BOOST_REQUIRE(live.has_value());
    BOOST_TEST(mistake().find("another server listens there") != std::string::npos);
    BOOST_TEST((look_at_local_socket(path) == local_socket_state::live));
  }
  std::ofstream(path) << "somebody's";
  BOOST_TEST(mistake().find("another file, which is left alone") != std::string::npos);
  BOOST_TEST(std::filesystem::file_size(path) == 10U);
  std::filesystem::remove(path);
  std::filesystem::create_symlink(path + ".elsewhere", path);
  BOOST_TEST(mistake().find("another file, which is left alone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(removes_its_own_file_only) {
  auto first = local_socket::open(path);
  BOOST_REQUIRE(first.has_value());
  std::filesystem::remove(path);
  const auto second = local_socket::open(path);
  BOOST_REQUIRE(second.has_value());
  first->remove();
  BOOST_TEST((look_at_local_socket(path) == local_socket_state::live));
}

BOOST_AUTO_TEST_CASE(has_a_path_as_long_as_the_kernel_allows) {
  const auto room = http::max_local_socket_path - folder.string().size() - 1;
  path = (folder / std::string(room, 's')).string();
  BOOST_TEST(mistake() == "");
  path += "s";
  const auto why = mistake();
  BOOST_TEST(why.find("at most 107 bytes, and this one has 108") != std::string::npos, why);
  BOOST_TEST(why.find("[http] local_socket") != std::string::npos, why);
}

BOOST_AUTO_TEST_CASE(counts_as_a_key_of_every_scope_where_keys_are_required) {
  settings.local_socket = path;
  gateway.on_keys = [](auto done) { done(std::vector<persistence::api_key>{}); };
  start();
  const auto request = get("/v1/keys");
  BOOST_TEST(test::ask(address, request).status == 401);
  BOOST_TEST(test::ask(path, request).status == 200);
  // A key that is given must be a good one there too.
  BOOST_TEST(test::ask(path, get("/v1/keys", bearer("nobody"))).status == 401);
  know("reader", {persistence::scope::read});
  BOOST_TEST(test::ask(path, get("/v1/keys", bearer("reader"))).status == 403);
  server.reset();
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(is_named_in_the_log) {
  std::mutex mutex;
  std::vector<std::string> who;
  set_log_sink(
      [&](auto, auto, auto text, auto fields) {
        const std::lock_guard lock(mutex);
        if (text.starts_with("POST /admin/drain"))
          for (const auto& [name, value] : fields)
            if (name == "key") who.emplace_back(value);
      },
      log_level::info);
  settings.local_socket = path;
  start();
  BOOST_TEST(test::ask(path, post("/admin/drain", "")).status == 200);
  server.reset();
  BOOST_TEST(who == std::vector<std::string>{"local"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stops_the_start_only_where_it_was_asked_for) {
  const auto other = local_socket::open(path);
  BOOST_REQUIRE(other.has_value());
  settings.local_socket = path;
  const auto refused = http::start_server(settings, gateway);
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().find("another server listens there") != std::string::npos);
  settings.local_socket_is_optional = true;
  BOOST_TEST(ask(get("/livez")).status == 200);
  server.reset();
  BOOST_TEST((look_at_local_socket(path) == local_socket_state::live));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::test
