#pragma once

#include "tools/postrider/csv_reader.hpp"
#include "tools/postrider/failure.hpp"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

namespace postrider::cli {

/// One send request of a file.
struct bulk_record {
  /// Counts the records, from 1.
  std::size_t number = 0;
  /// Where it begins in the file, from 1.
  std::size_t line = 0;
  /// One line of JSON; empty when there is a mistake.
  std::string json;
  /// Why it cannot be sent.
  std::string mistake;
  /// Its bytes in the file: from `begin` on, before `position`.
  std::uint64_t begin = 0, position = 0;
};

/// Reads send requests one after the other.
class bulk_reader {
 public:
  virtual ~bulk_reader() = default;
  virtual std::optional<bulk_record> next() = 0;
  /// Bytes in front of the first record: the header row.
  virtual std::uint64_t header_bytes() const { return 0; }
};

/// One request a line; lines with nothing on them are passed over.
std::unique_ptr<bulk_reader> read_ndjson(std::istream& in);

/// A header row with the names of members, then one request a record. `recipients` are separated
/// by ";", `metadata.NAME` is a member of the metadata, and an empty cell is an absent member. The
/// failure tells what is wrong with the header.
outcome<std::unique_ptr<bulk_reader>> read_csv(std::istream& in);

}  // namespace postrider::cli
