#include "inbound/local_socket.hpp"

#include "base/log.hpp"
#include "tests/http/keys_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
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
    auto dead = local_socket::open(path, http::socket_of_commands);
    BOOST_REQUIRE(dead.has_value());
    std::filesystem::rename(path, path + ".kept");
    dead = local_socket();
    std::filesystem::rename(path + ".kept", path);
    BOOST_REQUIRE(look_at_local_socket(path) == local_socket_state::stale);
  }
  std::string mistake() const {
    const auto opened = local_socket::open(path, http::socket_of_commands);
    return opened.has_value() ? std::string() : opened.error();
  }

  std::filesystem::path folder;
  std::string path;
};

BOOST_FIXTURE_TEST_SUITE(local_socket_, folder_fixture)

BOOST_AUTO_TEST_CASE(is_for_owner_and_group_whatever_the_umask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0077}}) {
    const mode_t before = ::umask(mask);
    const auto opened = local_socket::open(path, http::socket_of_commands);
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
    const auto live = local_socket::open(path, http::socket_of_commands);
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

BOOST_AUTO_TEST_CASE(one_of_those_that_start_together_gets_the_path) {
  constexpr int together = 4, rounds = 200;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::optional<local_socket>> made(together);
    std::barrier start(together);
    std::vector<std::thread> threads;
    for (auto& one : made)
      threads.emplace_back([&] {
        start.arrive_and_wait();
        if (auto opened = local_socket::open(path, http::socket_of_commands); opened.has_value())
          one = std::move(*opened);
      });
    for (auto& one : threads)
      one.join();
    BOOST_REQUIRE(std::ranges::count_if(made, [](const auto& one) { return one.has_value(); }) ==
                  1);
    BOOST_REQUIRE(look_at_local_socket(path) == local_socket_state::live);
  }
}

/// Somebody who may write to the folder puts a link in the place of the new socket.
BOOST_AUTO_TEST_CASE(the_mode_is_never_given_to_another_file) {
  const auto secret = (folder / "secret").string();
  std::ofstream(secret) << "mine";
  BOOST_REQUIRE(::chmod(secret.c_str(), 0600) == 0);
  std::atomic<bool> enough{false};
  std::thread other([&] {
    while (!enough) {
      struct stat file {};
      if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) continue;
      ::unlink(path.c_str());
      if (::symlink(secret.c_str(), path.c_str()) != 0) continue;
    }
  });
  struct stat file {};
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < until) {
    (void)local_socket::open(path, http::socket_of_commands);
    ::unlink(path.c_str());
    BOOST_REQUIRE(::stat(secret.c_str(), &file) == 0);
    if ((file.st_mode & 07777) != 0600) break;
  }
  enough = true;
  other.join();
  BOOST_TEST((file.st_mode & 07777) == 0600);
}

BOOST_AUTO_TEST_CASE(answers_when_there_are_as_many_connections_as_may_be) {
  settings.local_socket = path;
  settings.max_connections = 1;
  test::raw_client idle(start());
  BOOST_TEST(test::eventually(
      [&] { return test::ask(address, get("/livez")).code() == "too_many_connections"; }));
  BOOST_TEST(test::ask(path, get("/livez")).status == 200);
}

BOOST_AUTO_TEST_CASE(removes_its_own_file_only) {
  auto first = local_socket::open(path, http::socket_of_commands);
  BOOST_REQUIRE(first.has_value());
  std::filesystem::remove(path);
  const auto second = local_socket::open(path, http::socket_of_commands);
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
  const auto other = local_socket::open(path, http::socket_of_commands);
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
