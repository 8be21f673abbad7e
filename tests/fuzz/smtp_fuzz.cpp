#include "smtp/dialogue.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>
#include <utility>

using namespace postrider;

namespace {

/// Two sources, and a key that is right.
class fuzz_host final : public smtp::dialogue_host {
 public:
  fuzz_host() {
    std::vector<sources::source_settings> all(2);
    all[0].name = "alerts";
    all[0].type = sources::source_type::mail;
    all[1].name = "hook";
    board_.put(all);
    auto key = std::make_shared<persistence::api_key>();
    key->scopes = persistence::scope_set({persistence::scope::ingest});
    key_ = std::move(key);
  }
  actors::result<actors::admission> admit(std::string_view key) override {
    return actors::admission{key == "pr_key" ? key_ : nullptr, std::nullopt};
  }
  std::shared_ptr<const inbound::source_directory> sources() override { return board_.get(); }
  std::string refuses_work() override { return {}; }
  void count(smtp::refusal) override {}

 private:
  inbound::source_board board_;
  std::shared_ptr<const persistence::api_key> key_;
};

void check(const smtp::received_mail& mail) {
  fuzz::require(!mail.to.empty() && mail.to.size() <= smtp::max_recipients, "it has recipients");
  for (const auto& one : mail.to)
    fuzz::require(one.source->settings.type == sources::source_type::mail, "each takes mail");
  char before = '\n';
  for (const char c : mail.content) {
    fuzz::require(c != '\0', "a mail has no NUL");
    fuzz::require((c == '\n') == (before == '\r'), "lines end with CRLF and nothing else");
    before = c;
  }
  fuzz::require(before != '\r', "no half of a line end is left");
}

void check_replies(std::string_view out) {
  while (!out.empty()) {
    const auto end = out.find("\r\n");
    fuzz::require(end != out.npos && end >= 4 && end <= 510, "a reply is whole lines");
    const auto line = out.substr(0, end);
    fuzz::require(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'),
                  "a reply begins with its code");
    fuzz::require(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7f; }),
                  "a reply is printable");
    out.remove_prefix(end + 2);
  }
}

/// The client's bytes in pieces, which a byte of 0xfe separates.
void talk(smtp::dialogue& with, std::string_view bytes) {
  using next = smtp::dialogue::next;
  std::string received;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, bytes.find('\xfe'));
    bytes.remove_prefix(std::min(piece.size() + 1, bytes.size()));
    received += piece;
    for (next what = next::store; what != next::read;) {
      std::string out;
      const auto step = with.feed(received, out);
      fuzz::require(step.taken <= received.size(), "it takes what is there");
      received.erase(0, step.taken);
      what = step.what;
      check_replies(out);
      if (what == next::close) return;
      if (what == next::start_tls) {
        fuzz::require(received.empty(), "nothing is behind STARTTLS");
        with.tls_begun();
      }
      if (what == next::store) {
        check(with.mail());
        const auto taken = std::exchange(with.mail(), {});
        out.clear();
        if (with.stored({250, "2.0.0", taken.sender}, out) == next::close) return;
        check_replies(out);
      }
    }
    fuzz::require(received.size() <= smtp::max_auth_line, "only a line waits for its end");
  }
}

}  // namespace

/// A connection's bytes; the first one chooses the client.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static fuzz_host host;
  static const auto of_users = std::make_shared<inbound::source_history>();
  smtp::smtp_settings settings;
  settings.hostname = "mx.example.org";
  settings.max_size = 2'000;
  settings.postmaster = (data[0] & 1) != 0 ? "alerts" : "";
  settings.local_source = "alerts";
  smtp::memory_budget budget(3'000);
  const smtp::client_facts client{.address = "192.0.2.1",
                                  .local = (data[0] & 2) != 0,
                                  .trusted = (data[0] & 4) == 0,
                                  .any_key = (data[0] & 8) != 0,
                                  .can_start_tls = (data[0] & 16) != 0,
                                  .private_way = (data[0] & 32) != 0};
  {
    smtp::dialogue with(settings, client, host, budget, of_users);
    talk(with, fuzz::text_of(data + 1, size - 1));
  }
  fuzz::require(budget.held() == 0, "no memory is held at the end");
  return 0;
}
