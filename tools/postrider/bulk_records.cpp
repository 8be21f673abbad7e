#include "tools/postrider/bulk_records.hpp"

#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "http/routes/mistaken_names.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <istream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

/// Longer than any request that a server takes; the rest of such a line is passed over.
constexpr std::size_t max_line_bytes = 16 * 1024 * 1024;

class ndjson_reader final : public bulk_reader {
 public:
  explicit ndjson_reader(std::istream& in) : in_(in) {}

  std::optional<bulk_record> next() override {
    bulk_record record;
    while (read_line(record)) {
      if (record.json.find_first_not_of(" \t") == std::string::npos && record.mistake.empty())
        continue;
      record.number = ++count_;
      return record;
    }
    return std::nullopt;
  }

 private:
  bool read_line(bulk_record& record) {
    record = {};
    record.begin = position_;
    bool any = false;
    auto& buffer = *in_.rdbuf();
    for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
      any = true;
      ++position_;
      if (c == '\n') break;
      if (record.json.size() < max_line_bytes) record.json += static_cast<char>(c);
      else record.mistake = "the line is longer than any request";
    }
    if (record.json.ends_with('\r')) record.json.pop_back();
    if (!record.mistake.empty()) record.json.clear();
    record.line = ++line_;
    record.position = position_;
    return any;
  }

  std::istream& in_;
  std::size_t line_ = 0;
  std::size_t count_ = 0;
  std::uint64_t position_ = 0;
};

enum class column_kind { text, integer, boolean, recipients, metadata };

struct column {
  std::string name;
  column_kind kind = column_kind::text;
};

const std::array columns{column{"message"},
                         column{"user_id", column_kind::integer},
                         column{"recipients", column_kind::recipients},
                         column{"type"},
                         column{"fallback", column_kind::boolean},
                         column{"fallback_on_undelivered", column_kind::boolean},
                         column{"subject"},
                         column{"html"},
                         column{"priority"},
                         column{"send_at"},
                         column{"expires_at"},
                         column{"ttl", column_kind::integer},
                         column{"max_retries", column_kind::integer},
                         column{"on_unknown"},
                         column{"reference"}};

/// Names that clients bring from elsewhere, as the server knows them.
std::string advice_for(const std::string& name) {
  std::string plain;
  for (const char c : name)
    if (c != '_' && c != '-' && c != ' ')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto found =
      std::ranges::find(http::routes::mistaken_members, plain, &http::mistaken_name::name);
  if (found == http::routes::mistaken_members.end()) return {};
  // A cell has no array.
  return std::string(found->advice.substr(0, found->advice.find(", an array")));
}

outcome<column> column_of(const std::string& name) {
  constexpr std::string_view metadata = "metadata.";
  if (name.starts_with(metadata) && name.size() > metadata.size())
    return column{name.substr(metadata.size()), column_kind::metadata};
  const auto found = std::ranges::find(columns, name, &column::name);
  if (found != columns.end()) return *found;
  std::vector<std::string> known;
  for (const auto& one : columns)
    known.push_back(one.name);
  const auto advice = advice_for(name);
  const auto near = advice.empty() ? nearest(name, known) : std::string();
  return failure::because(
      fmt::format("the header has a column \"{}\", which is not a member of a request{}", name,
                  !advice.empty() ? "; " + advice
                  : near.empty()  ? "; metadata.NAME can be one"
                                  : fmt::format("; did you mean \"{}\"?", near)));
}

json::array recipients_of(const std::string& cell) {
  json::array list;
  for (std::size_t at = 0; at <= cell.size();) {
    const auto end = std::min(cell.find(';', at), cell.size());
    const auto first = cell.find_first_not_of(' ', at);
    auto one = first < end ? cell.substr(first, end - first) : std::string();
    one.erase(one.find_last_not_of(' ') + 1);
    if (!one.empty()) list.emplace_back(one);
    at = end + 1;
  }
  return list;
}

/// A cell that is not of its kind goes as a text: the server says what it wants there.
json::value value_of(column_kind kind, const std::string& cell) {
  if (kind == column_kind::recipients) return recipients_of(cell);
  if (kind == column_kind::boolean && (cell == "true" || cell == "false")) return cell == "true";
  if (kind == column_kind::integer) {
    std::int64_t number = 0;
    const auto end = cell.data() + cell.size();
    const auto [stop, wrong] = std::from_chars(cell.data(), end, number);
    if (wrong == std::errc() && stop == end) return number;
  }
  return json::string(cell);
}

constexpr auto not_utf8 = "it is not UTF-8; save the file with this encoding";

std::string encoding_mistake(const std::vector<std::string>& cells) {
  const bool good =
      std::ranges::all_of(cells, [](const auto& cell) { return utf8_length(cell).has_value(); });
  return good ? "" : not_utf8;
}

bool is_value(const std::string& cell) {
  return cell.starts_with('+') || cell.find('@') != cell.npos || cell.find("://") != cell.npos ||
         (!cell.empty() && cell.find_first_not_of("0123456789") == cell.npos);
}

/// The mistake that a whole header shows before its columns are looked at; empty: none.
std::string header_mistake(const std::vector<std::string>& cells) {
  const auto& first = cells.front();
  if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF"))
    return "the file is UTF-16; save it as UTF-8";
  if (const auto wrong = encoding_mistake(cells); !wrong.empty()) return "the header row: " + wrong;
  for (const char separator : {';', '\t'})
    if (cells.size() == 1 && first.find(separator) != first.npos)
      return fmt::format("the columns are separated by {}; separate them by commas",
                         separator == ';' ? "\";\"" : "tabs");
  const bool any_known =
      std::ranges::any_of(cells, [](const auto& cell) { return column_of(cell).has_value(); });
  if (!any_known && std::ranges::any_of(cells, is_value))
    return "there is no header row: the first row must name the columns, such as "
           "user_id,message,recipients";
  return {};
}

class csv_requests final : public bulk_reader {
 public:
  csv_requests(csv_reader reader, std::vector<column> header)
      : reader_(reader), header_(std::move(header)), header_bytes_(reader_.position()) {}

  std::uint64_t header_bytes() const override { return header_bytes_; }

  std::optional<bulk_record> next() override {
    const auto row = reader_.next();
    if (!row) return std::nullopt;
    bulk_record record;
    record.number = ++count_;
    record.line = row->line;
    record.begin = row->begin;
    record.position = reader_.position();
    record.mistake = row->mistake;
    if (record.mistake.empty() && row->cells.size() != header_.size())
      record.mistake =
          fmt::format("it has {} cells, the header has {}", row->cells.size(), header_.size());
    if (record.mistake.empty()) record.mistake = encoding_mistake(row->cells);
    if (record.mistake.empty()) record.json = request_of(row->cells);
    return record;
  }

 private:
  std::string request_of(const std::vector<std::string>& cells) const {
    json::object request, metadata;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      const auto& [name, kind] = header_[i];
      (kind == column_kind::metadata ? metadata : request)[name] = value_of(kind, cells[i]);
    }
    if (!metadata.empty()) request["metadata"] = std::move(metadata);
    return json::serialize(request);
  }

  csv_reader reader_;
  const std::vector<column> header_;
  const std::uint64_t header_bytes_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<bulk_reader> read_ndjson(std::istream& in) {
  return std::make_unique<ndjson_reader>(in);
}

outcome<std::unique_ptr<bulk_reader>> read_csv(std::istream& in) {
  csv_reader reader(in);
  const auto row = reader.next();
  if (!row) return failure::because("there is no header row");
  if (!row->mistake.empty())
    return failure::because(fmt::format("the header row: {}", row->mistake));
  if (auto wrong = header_mistake(row->cells); !wrong.empty())
    return failure::because(std::move(wrong));
  std::vector<column> header;
  std::string wrong;
  for (const auto& name : row->cells) {
    const auto found = column_of(name);
    if (!found) {
      wrong += (wrong.empty() ? "" : "\n  ") + found.error().sentence();
      continue;
    }
    const auto same = [&](const column& other) {
      return other.name == found->name && other.kind == found->kind;
    };
    if (std::ranges::any_of(header, same))
      return failure::because(fmt::format("the header has the column \"{}\" twice", name));
    header.push_back(*found);
  }
  if (!wrong.empty()) return failure::because(std::move(wrong));
  return std::unique_ptr<bulk_reader>(std::make_unique<csv_requests>(reader, std::move(header)));
}

}  // namespace postrider::cli
