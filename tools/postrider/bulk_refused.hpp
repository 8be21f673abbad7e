#pragma once

#include "tools/postrider/bulk_records.hpp"
#include "tools/postrider/bulk_state.hpp"

#include <optional>
#include <string>

/// Lines that were refused: they are copied to a file of their own, and corrected there or where
/// they are.
namespace postrider::cli {

std::string refused_path(const std::string& file);
/// The original of a file with refused lines; else the file itself.
std::string original_name(std::string file);

/// Copies the refused records that are not in FILE.refused yet to its end, as they are in the file,
/// behind the same header row. `reader` is at the start of the file.
std::optional<failure> keep_refused(const std::string& file, bulk_reader& reader,
                                    bulk_state& state);

/// Removes FILE.refused of an earlier run, and the note of what was sent of it.
void forget_refused(const std::string& file);

/// Lets a state go on with the file as it is now: each accepted record must be where it was, with
/// the text that was sent. Refused ones may be corrected, and others may follow. `reader` is at the
/// start of the file.
std::optional<failure> go_on_with_corrected(const std::string& file, const file_identity& now,
                                            bulk_reader& reader, bulk_state& state);

}  // namespace postrider::cli
