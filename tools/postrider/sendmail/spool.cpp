#include "tools/postrider/sendmail/spool.hpp"

#include "tools/postrider/sendmail/durable_file.hpp"
#include "tools/postrider/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::cli {

namespace {

namespace fs = std::filesystem;

/// A mail's lines may have got a byte each, and there is an envelope.
constexpr std::uint64_t max_file_bytes = 2 * max_text_bytes + (64u << 10);
constexpr auto draft_lifetime = std::chrono::hours(1);
constexpr std::string_view send_lock = ".sending", add_lock = ".adding",
                           failure_note = ".last-failure";

std::string refused_folder(const std::string& folder) { return folder + "/refused"; }

/// Nothing for a name that is not that of a mail.
std::optional<mail_spool::id> id_of(const std::string& name) {
  mail_spool::id number = 0;
  const auto* end = name.data() + name.size();
  const auto [read, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || read != end || name.front() == '0') return {};
  return number;
}

std::vector<mail_spool::entry> mails_in(const std::string& folder) {
  std::vector<mail_spool::entry> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code unknown;
    if (const auto name = id_of(at->path().filename().string()); name) {
      const auto bytes = at->is_regular_file(unknown) ? at->file_size(unknown) : 0;
      found.push_back({*name, unknown ? 0 : bytes});
    }
  }
  std::ranges::sort(found, {}, &mail_spool::entry::name);
  return found;
}

mail_spool::wall_time modified(const struct stat& found) {
  return mail_spool::wall_time(std::chrono::seconds(found.st_mtim.tv_sec));
}

/// The file of a lock, locked; -1 when another process has it.
outcome<int> locked_file(const std::string& path, int how) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file >= 0 && ::flock(file, how) == 0) return file;
  const int number = errno;
  if (file >= 0) ::close(file);
  if (file >= 0 && number == EWOULDBLOCK) return -1;
  return failure::because(fmt::format("the file {} cannot be locked: {}", path,
                                      std::generic_category().message(number)));
}

std::string file_of(const std::string& folder, mail_spool::id name) {
  return fmt::format("{}/{}", folder, name);
}

bool is_there(const std::string& path) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(path, unknown));
}

}  // namespace

mail_spool::sending::sending(sending&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
mail_spool::sending::~sending() {
  if (file_ >= 0) ::close(file_);
}

mail_spool::mail_spool(std::string folder, spool_limits limits)
    : folder_(std::move(folder)), limits_(limits) {}

outcome<bool> mail_spool::prepare() const {
  // The folder below is made with the one above it, which must be this user's own too.
  if (const auto made = make_private_folder(folder_); !made) return made.error();
  return make_private_folder(refused_folder(folder_));
}

std::vector<mail_spool::entry> mail_spool::waiting() const { return mails_in(folder_); }
std::vector<mail_spool::entry> mail_spool::refused() const {
  return mails_in(refused_folder(folder_));
}

bool mail_spool::is_waiting(id name) const { return is_there(file_of(folder_, name)); }
bool mail_spool::is_refused(id name) const {
  return is_there(file_of(refused_folder(folder_), name));
}

outcome<mail_spool::id> mail_spool::store(const std::string& folder, const spooled_mail& mail,
                                          wall_time now) {
  if (const auto ready = prepare(); !ready) return ready.error();
  const auto text = spool_file_text(mail);
  // The slow part is before the lock.
  const auto draft = write_draft(folder, text);
  if (!draft) return draft.error();
  const auto lock = locked_file(lock_path(add_lock), LOCK_EX);
  if (!lock) {
    ::unlink(draft->c_str());
    return lock.error();
  }
  const sending adding(*lock);
  auto all = waiting();
  const auto there = refused();
  all.insert(all.end(), there.begin(), there.end());
  std::uint64_t bytes = text.size();
  id next = static_cast<id>(now.time_since_epoch().count());
  for (const auto& one : all) {
    bytes += one.bytes;
    next = std::max(next, one.name + 1);
  }
  if (all.size() >= limits_.mails || bytes > limits_.bytes) {
    ::unlink(draft->c_str());
    return failure::because(fmt::format(
        "the spool {} is full: {} mails, {} of them refused, with {} KiB; see: postrider spool",
        folder_, all.size(), there.size(), (bytes - text.size()) >> 10));
  }
  if (const auto named = name_draft(*draft, folder, std::to_string(next)); !named)
    return named.error();
  const auto synced = sync_folder(folder);
  if (!synced && take_back(file_of(folder, next))) return synced.error();
  return next;
}

bool mail_spool::take_back(const std::string& path) const {
  const auto lock = locked_file(lock_path(send_lock), LOCK_EX | LOCK_NB);
  if (lock && *lock < 0) return false;
  const sending none(lock ? *lock : -1);
  return ::unlink(path.c_str()) == 0;
}

outcome<mail_spool::id> mail_spool::add(const outgoing_mail& mail, wall_time now) {
  return store(folder_, {mail, {}}, now);
}

outcome<mail_spool::id> mail_spool::add_refused(const outgoing_mail& mail,
                                                const std::string& reason, wall_time now) {
  return store(refused_folder(folder_), {mail, reason}, now);
}

outcome<spooled_mail> mail_spool::read(id name) const {
  const auto path = file_of(is_waiting(name) ? folder_ : refused_folder(folder_), name);
  const auto text = read_regular_file(path, max_file_bytes);
  if (!text) return text.error();
  return read_spool_file(*text);
}

outcome<bool> mail_spool::keep(id name, const outgoing_mail& rest) {
  return write_durably(folder_, std::to_string(name), spool_file_text({rest, {}}));
}

outcome<bool> mail_spool::refuse(id name, const outgoing_mail& mail, const std::string& reason) {
  if (const auto ready = prepare(); !ready) return ready.error();
  return write_durably(refused_folder(folder_), std::to_string(name),
                       spool_file_text({mail, reason}));
}

outcome<bool> mail_spool::set_aside(id name) {
  if (const auto ready = prepare(); !ready) return ready.error();
  std::error_code error;
  fs::rename(file_of(folder_, name), file_of(refused_folder(folder_), name), error);
  if (error) return failure::because("the file cannot be moved: " + error.message());
  return true;
}

outcome<mail_spool::id> mail_spool::wait_again(id name, wall_time now) {
  const auto path = file_of(refused_folder(folder_), name);
  const auto text = read_regular_file(path, max_file_bytes);
  if (!text) return text.error();
  auto stored = read_spool_file(*text);
  if (!stored) return stored.error();
  // Both of them count for a moment.
  mail_spool roomy(folder_, {limits_.mails + 1, limits_.bytes + text->size()});
  const auto added = roomy.add(stored->mail, now);
  if (added) remove_refused(name);
  return added;
}

bool mail_spool::remove(id name) { return ::unlink(file_of(folder_, name).c_str()) == 0; }
bool mail_spool::remove_refused(id name) {
  return ::unlink(file_of(refused_folder(folder_), name).c_str()) == 0;
}

outcome<std::optional<mail_spool::sending>> mail_spool::begin_sending() {
  const auto file = locked_file(lock_path(send_lock), LOCK_EX | LOCK_NB);
  if (!file) return file.error();
  std::optional<sending> begun;
  if (*file >= 0) begun.emplace(*file);
  return begun;
}

std::string mail_spool::lock_path(std::string_view name) const {
  return fmt::format("{}/{}", folder_, name);
}

void mail_spool::sweep(wall_time now) {
  for (const auto& folder : {folder_, refused_folder(folder_)}) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      struct stat found {};
      if (at->path().filename().string().starts_with(draft_prefix) &&
          ::lstat(at->path().c_str(), &found) == 0 && modified(found) + draft_lifetime < now)
        ::unlink(at->path().c_str());
    }
  }
}

void mail_spool::note_failure(const std::string& reason) {
  const auto draft = write_draft(folder_, reason);
  if (draft) (void)publish_draft(*draft, folder_, std::string(failure_note));
}

void mail_spool::note_success() { ::unlink((folder_ + "/" + std::string(failure_note)).c_str()); }

std::optional<mail_spool::attempt> mail_spool::last_failure() const {
  const auto path = folder_ + "/" + std::string(failure_note);
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  const auto reason = read_regular_file(path, 4'096);
  return attempt{modified(found), reason ? *reason : std::string()};
}

}  // namespace postrider::cli
