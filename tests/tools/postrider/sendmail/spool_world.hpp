#pragma once

#include "tools/postrider/sendmail/spool.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace postrider::cli::tests {

inline mail_spool::wall_time at(std::int64_t microseconds) {
  return mail_spool::wall_time(std::chrono::microseconds(microseconds));
}

inline outgoing_mail mail_of(const std::string& text,
                             std::vector<std::string> recipients = {"b@x"}) {
  return {"ann@a", std::move(recipients), "S: " + text + "\r\n\r\n"};
}

/// A folder that goes with the test, and a spool in it.
struct spool_world {
  std::filesystem::path folder;
  spool_world() {
    std::string name = (std::filesystem::temp_directory_path() / "postrider-spool-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~spool_world() { std::filesystem::remove_all(folder); }

  mail_spool spool(spool_limits limits = {}) const { return mail_spool(folder / "spool", limits); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
};

/// "1 2 5".
inline std::string names(const std::vector<mail_spool::entry>& mails) {
  std::string text;
  for (const auto& one : mails)
    text += (text.empty() ? "" : " ") + std::to_string(one.name);
  return text;
}

}  // namespace postrider::cli::tests
