#pragma once

#include "tools/postrider/bulk_records.hpp"
#include "tools/postrider/bulk_state.hpp"

#include <optional>
#include <string>

/// Lines that were refused: they are copied to a file of their own, and corrected there or where
/// they are.
namespace postrider::cli {

std::string refused_path(const std::string& file);
/// The file that refused lines come from, by the name of the one that has them; else the file.
std::string original_name(std::string file);

/// Copies the refused records that are not in FILE.refused yet to its end, as they are in the file,
/// behind the same header row. All are in it or none, whatever ends the program. `reader` is at the
/// start of the file.
std::optional<failure> keep_refused(const std::string& file, bulk_reader& reader,
                                    bulk_state& state);

/// Ends what keep_refused() of an earlier run left half done.
void finish_keeping(const std::string& file, const bulk_state& state);

/// Renames a FILE.refused that this state knows nothing of, and the note of what was sent of it, to
/// FILE.refused.old: it may have corrections. False when there is none.
bool set_aside_refused(const std::string& file, const bulk_state& state);

/// Says that lines were sent from FILE.refused, or from what was refused of that. They would be
/// sent again if they were corrected in FILE too.
std::optional<failure> sent_from_refused(const std::string& file);

/// Lets a state go on with the file as it is now: each accepted record must be where it was, with
/// the text that was sent. Refused ones may be corrected, and others may follow. `reader` is at the
/// start of the file, and nothing is in doubt.
std::optional<failure> go_on_with_corrected(const std::string& file, const file_identity& now,
                                            bulk_reader& reader, bulk_state& state);

}  // namespace postrider::cli
