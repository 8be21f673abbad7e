#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace postrider::cli {

/// One record of a CSV file.
struct csv_record {
  std::vector<std::string> cells;
  /// Where it begins, from 1: a quoted cell can have line breaks.
  std::size_t line = 0;
  /// Where it begins, in bytes.
  std::uint64_t begin = 0;
  /// Why it is none; empty when it is one.
  std::string mistake;
};

/// Reads CSV as RFC 4180 has it: cells with commas, quotes and line breaks are in quotes, a quote
/// in them is doubled. Lines may end with LF alone, and a byte order mark is passed over.
class csv_reader {
 public:
  explicit csv_reader(std::istream& in) : in_(in) {}

  /// The next record; lines with nothing on them are none. Nothing at the end.
  std::optional<csv_record> next();
  /// How many bytes were read.
  std::uint64_t position() const { return position_; }

 private:
  enum class after { cell, record, end };

  after read_cell(csv_record& record);
  after read_quoted(csv_record& record, std::string& cell);
  after read_plain(csv_record& record, std::string& cell);
  void skip_byte_order_mark();
  int take();
  bool take_line_end(int c);

  std::istream& in_;
  std::uint64_t position_ = 0;
  std::size_t line_ = 1;
  bool begun_ = false;
};

}  // namespace postrider::cli
