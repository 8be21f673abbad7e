#pragma once

#include <string>
#include <string_view>
#include <vector>

/// docs/internals/providers-evidence.md as values, and the tables in the drivers' sources, so that
/// tests can hold the one against the other.
namespace postrider::actors {

/// A line of a table whose last column is the witness.
struct evidence_row {
  /// The heading that it stands under, without its #.
  std::string section;
  std::string first, outcome, witness;

  /// The parts of the first column in backticks.
  std::vector<std::string> quoted() const;
  bool quotes(std::string_view text) const;
  /// True when the first column has the text where no digit, letter or point goes on.
  bool names(std::string_view code) const;
};

/// All rows of tables with three columns: what, outcome, witness.
const std::vector<evidence_row>& evidence_rows();
/// Those under one heading.
std::vector<evidence_row> evidence_rows_of(std::string_view section);

/// The groups of each match in actors/providers/`file`, with C++'s escapes taken out.
std::vector<std::vector<std::string>> source_rows(const std::string& file,
                                                  const std::string& pattern);

}  // namespace postrider::actors
