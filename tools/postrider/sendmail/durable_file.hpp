#pragma once

#include "tools/postrider/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

/// Files that are whole and on disk, or not there.
namespace postrider::cli {

/// Writes `text` to a file beside `path` that begins with ".new-", syncs it, and returns its name.
outcome<std::string> write_draft(const std::string& folder, std::string_view text,
                                 ::mode_t mode = 0600);
/// Gives a draft its name, in the place of a file that may have it. The draft goes if that fails.
outcome<bool> name_draft(const std::string& draft, const std::string& folder,
                         const std::string& name);
/// The same, and syncs the folder.
outcome<bool> publish_draft(const std::string& draft, const std::string& folder,
                            const std::string& name);
/// Both. Others than the owner may read it only if `mode` says so.
outcome<bool> write_durably(const std::string& folder, const std::string& name,
                            std::string_view text, ::mode_t mode = 0600);
/// All of a regular file of at most `limit` bytes. Links are not followed.
outcome<std::string> read_regular_file(const std::string& path, std::uint64_t limit);
/// A folder with the mode 0700 and those above it; one that is there must be this user's own.
outcome<bool> make_private_folder(const std::string& path);
/// Syncs the names in a folder; what cannot be synced was not promised.
outcome<bool> sync_folder(const std::string& folder);

inline constexpr std::string_view draft_prefix = ".new-";

}  // namespace postrider::cli
