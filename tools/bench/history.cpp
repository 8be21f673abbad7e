#include "tools/bench/history.hpp"

#include <stdexcept>

namespace postrider::bench {
namespace {
constexpr std::size_t block_size = 256 * 1024;
}

std::string_view name_of(final_state state) {
  switch (state) {
    case final_state::ok: return "ok";
    case final_state::refused: return "refused";
    case final_state::error: return "error";
    case final_state::unknown: break;
  }
  return "unknown";
}

history::history(const std::string& path) : kept_(!path.empty()) {
  if (!kept_) return;
  file_.open(path, std::ios::trunc);
  if (!file_) throw std::runtime_error("cannot write " + path);
}

// No text of ours needs escaping: bodies are made by request_text and ids are checked by nobody
// else, so an id with a quote or a backslash is left out.
void history::add(std::uint64_t seq, std::string_view body, final_state state, unsigned http_status,
                  std::string_view message_id) {
  if (!kept_) return;
  if (message_id.find_first_of("\"\\") != message_id.npos) message_id = {};
  lines_ += "{\"seq\":" + std::to_string(seq) + ",\"body\":\"";
  lines_ += body;
  lines_ += "\",\"status\":\"";
  lines_ += name_of(state);
  lines_ += "\",\"http_status\":" + std::to_string(http_status) + ",\"message_id\":";
  if (message_id.empty()) {
    lines_ += "null}\n";
  } else {
    lines_ += '"';
    lines_ += message_id;
    lines_ += "\"}\n";
  }
  if (lines_.size() >= block_size) flush();
}

void history::flush() {
  if (!kept_) return;
  file_ << lines_ << std::flush;
  lines_.clear();
}

}  // namespace postrider::bench
