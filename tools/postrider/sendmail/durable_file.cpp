#include "tools/postrider/sendmail/durable_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace postrider::cli {

namespace {

failure cannot(std::string_view what, const std::string& path) {
  const int number = errno;
  return failure::because(
      fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(number)));
}

class file_handle {
 public:
  explicit file_handle(int number) : number_(number) {}
  file_handle(const file_handle&) = delete;
  ~file_handle() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace

outcome<std::string> write_draft(const std::string& folder, std::string_view text, ::mode_t mode) {
  auto path = fmt::format("{}/{}XXXXXX", folder, draft_prefix);
  const file_handle file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.is_open()) return cannot("write into", folder);
  if (!write_all(file.number(), text) || ::fchmod(file.number(), mode) != 0 ||
      ::fsync(file.number()) != 0) {
    auto why = cannot("write into", folder);
    ::unlink(path.c_str());
    return why;
  }
  return path;
}

outcome<bool> sync_folder(const std::string& folder) {
  const file_handle open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open.is_open() || ::fsync(open.number()) != 0) return cannot("sync", folder);
  return true;
}

outcome<bool> name_draft(const std::string& draft, const std::string& folder,
                         const std::string& name) {
  const auto path = folder + "/" + name;
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    auto why = cannot("write", path);
    ::unlink(draft.c_str());
    return why;
  }
  return true;
}

outcome<bool> publish_draft(const std::string& draft, const std::string& folder,
                            const std::string& name) {
  if (const auto named = name_draft(draft, folder, name); !named) return named.error();
  return sync_folder(folder);
}

outcome<bool> write_durably(const std::string& folder, const std::string& name,
                            std::string_view text, ::mode_t mode) {
  const auto draft = write_draft(folder, text, mode);
  if (!draft) return draft.error();
  return publish_draft(*draft, folder, name);
}

outcome<std::string> read_regular_file(const std::string& path, std::uint64_t limit) {
  const file_handle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat found {};
  if (!file.is_open() || ::fstat(file.number(), &found) != 0) return cannot("read", path);
  if (!S_ISREG(found.st_mode)) return failure::because(path + " is not a file");
  std::string text;
  std::array<char, 64 * 1024> piece{};
  for (;;) {
    const auto got = ::read(file.number(), piece.data(), piece.size());
    if (got == 0) return text;
    if (got < 0 && errno != EINTR) return cannot("read", path);
    if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > limit)
      return failure::because(fmt::format("{} has more than {} bytes", path, limit));
  }
}

outcome<bool> make_private_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  if (::mkdir(path.c_str(), 0700) != 0 && errno == ENOENT && parent != path) {
    if (std::error_code unknown; !std::filesystem::exists(parent, unknown))
      if (const auto made = make_private_folder(parent); !made) return made.error();
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make the folder", path);
  }
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return cannot("make the folder", path);
  if (!S_ISDIR(found.st_mode)) return failure::because(path + " is not a folder");
  if (found.st_uid != ::geteuid())
    return failure::because(
        fmt::format("the folder {} belongs to another user; have root remove it", path));
  return true;
}

}  // namespace postrider::cli
