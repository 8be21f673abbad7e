#pragma once

#include "smtp/dialogue.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// A server's state that a test decides.
struct scripted_host final : smtp::dialogue_host {
  actors::result<actors::admission> admit(std::string_view key) override {
    const auto found = keys.find(key);
    return actors::admission{found == keys.end() ? nullptr : found->second, rate};
  }
  std::shared_ptr<const inbound::source_directory> sources() override { return board.get(); }
  std::string refuses_work() override { return stops; }
  void count(smtp::refusal why) override { ++counted[why]; }

  std::map<std::string, std::shared_ptr<const persistence::api_key>, std::less<>> keys;
  std::optional<actors::request_budget> rate;
  inbound::source_board board;
  std::string stops;
  std::map<smtp::refusal, int> counted;
};

/// A client without a key on this machine, and the sources `alerts` and `backups`, which take mail,
/// and `hook`, which does not.
struct dialogue_fixture {
  dialogue_fixture() {
    settings.hostname = "mx.example.org";
    std::vector<sources::source_settings> all(3);
    all[0].name = "alerts";
    all[1].name = "backups";
    all[0].type = all[1].type = sources::source_type::mail;
    all[2].name = "hook";
    all[2].type = sources::source_type::json;
    host.board.put(all);
  }

  smtp::dialogue& begin() {
    talk.emplace(settings, client, host, budget, of_users);
    return *talk;
  }
  /// Gives the bytes in pieces of that size, which also end at each "|": there the client waits for
  /// an answer. The codes of all replies, and what the connection has to do: "250 354 store".
  std::string say(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    if (!talk) begin();
    std::string out, received, all;
    std::size_t at = 0;
    while (at < bytes.size()) {
      auto some = bytes.substr(at, piece);
      some = some.substr(0, some.find('|'));
      received += some;
      at += some.size();
      if (at < bytes.size() && bytes[at] == '|') ++at;
      for (;;) {
        const auto step = talk->feed(received, out);
        received.erase(0, step.taken);
        all += codes_of(out);
        text += out;
        out.clear();
        using enum smtp::dialogue::next;
        if (step.what == read) break;
        if (step.what == close) return all + "close";
        if (step.what == start_tls) {
          if (!received.empty()) return all + "bytes behind";
          talk->tls_begun();
          all += "tls ";
        }
        if (step.what == hold_back) all += "wait ";
        if (step.what == store) {
          mails.push_back(std::move(talk->mail()));
          const auto then = talk->stored({250, "2.0.0", "stored"}, out);
          all += "store " + codes_of(out);
          out.clear();
          if (then == close) return all + "close";
        }
      }
    }
    if (!all.empty()) all.pop_back();
    return all;
  }
  /// Once for each reply, however many lines it has.
  static std::string codes_of(std::string_view out) {
    std::string codes;
    while (!out.empty()) {
      const auto line = out.substr(0, out.find("\r\n"));
      BOOST_REQUIRE(line.size() >= 4);
      BOOST_TEST(line.size() <= 510u);
      if (line[3] == ' ') codes += std::string(line.substr(0, 3)) + " ";
      out.remove_prefix(line.size() + 2);
    }
    return codes;
  }
  void know(const std::string& key, persistence::scope scope,
            std::vector<std::string> sources = {}) {
    auto made = std::make_shared<persistence::api_key>();
    made->scopes = persistence::scope_set({scope});
    made->sources = std::move(sources);
    host.keys[key] = std::move(made);
  }

  smtp::smtp_settings settings;
  smtp::client_facts client{.address = "127.0.0.1", .trusted = true, .private_way = true};
  scripted_host host;
  smtp::memory_budget budget{64 * 1024 * 1024};
  std::shared_ptr<inbound::source_history> of_users = std::make_shared<inbound::source_history>();
  std::optional<smtp::dialogue> talk;
  /// All replies.
  std::string text;
  std::vector<smtp::received_mail> mails;
};

}  // namespace postrider::test
