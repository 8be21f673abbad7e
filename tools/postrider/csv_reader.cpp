#include "tools/postrider/csv_reader.hpp"

#include <istream>
#include <string_view>

namespace postrider::cli {

namespace {

constexpr int end_of_file = std::char_traits<char>::eof();
/// More than any message has; a quote that is never closed must not take a whole file's memory.
constexpr std::size_t max_cell_bytes = 8 * 1024 * 1024;

}  // namespace

int csv_reader::take() {
  const int c = in_.get();
  if (c != end_of_file) ++position_;
  if (c == '\n') ++line_;
  return c;
}

/// True when `c` ends a line; of CR LF both are taken.
bool csv_reader::take_line_end(int c) {
  if (c == '\r' && in_.peek() == '\n') return take(), true;
  return c == '\n';
}

void csv_reader::skip_byte_order_mark() {
  for (const char expected : std::string_view("\xEF\xBB\xBF")) {
    if (in_.peek() != static_cast<unsigned char>(expected)) return;
    take();
  }
}

std::optional<csv_record> csv_reader::next() {
  if (!begun_) skip_byte_order_mark();
  begun_ = true;
  for (;;) {
    csv_record record;
    record.line = line_;
    record.begin = position_;
    after then = after::cell;
    while (then == after::cell)
      then = read_cell(record);
    const bool blank =
        record.mistake.empty() && record.cells.size() == 1 && record.cells.front().empty();
    if (!blank) return record;
    if (then == after::end) return std::nullopt;
  }
}

csv_reader::after csv_reader::read_cell(csv_record& record) {
  std::string cell;
  const bool quoted = in_.peek() == '"';
  if (quoted) take();
  const auto then = quoted ? read_quoted(record, cell) : read_plain(record, cell);
  record.cells.push_back(std::move(cell));
  return then;
}

csv_reader::after csv_reader::read_plain(csv_record& record, std::string& cell) {
  for (;;) {
    const int c = take();
    if (c == end_of_file) return after::end;
    if (c == ',') return after::cell;
    if (take_line_end(c)) return after::record;
    if (c == '"') record.mistake = "unexpected quote inside an unquoted cell";
    if (cell.size() < max_cell_bytes) cell += static_cast<char>(c);
  }
}

csv_reader::after csv_reader::read_quoted(csv_record& record, std::string& cell) {
  for (;;) {
    int c = take();
    if (c == end_of_file) {
      record.mistake = "a quote is not closed before the end of the file";
      return after::end;
    }
    if (c == '"' && in_.peek() != '"') {
      c = take();
      if (c == end_of_file) return after::end;
      if (c == ',') return after::cell;
      if (take_line_end(c)) return after::record;
      record.mistake = "unexpected text between a closing quote and the next comma";
      return read_plain(record, cell);
    }
    if (c == '"') take();
    if (cell.size() < max_cell_bytes) cell += static_cast<char>(c);
    else record.mistake = "a cell is longer than any message";
  }
}

}  // namespace postrider::cli
