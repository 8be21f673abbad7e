#pragma once

#include "sources/translate.hpp"

#include <boost/json/value.hpp>

#include <optional>

/// The steps of translate(), a file for each protocol.
namespace postrider::sources {

/// A message before templates, recipients and limits.
struct draft {
  std::string title, text;
  /// The word that the source's priorities are looked up by: "critical", "8".
  std::string level;
  persistence::priority priority = persistence::priority::normal;
  /// Lines behind the text, which are never cut off: names of attachments.
  std::vector<std::string> notes;
  std::optional<actors::time_point> send_at;
  std::string event;
  std::string topic;
  std::string skipped;
  /// The number of the priority, as the protocol has it.
  std::int64_t number = 0;
  std::vector<std::string> tags;
  /// The document that templates see.
  boost::json::value payload;
  /// Already cut to a list of whole alerts.
  bool fits = false;
};
using draft_result = boost::system::result<draft, refusal>;

draft_result read_alertmanager(const source_settings& of, const incoming& request);
draft_result read_grafana(const source_settings& of, const incoming& request);
draft_result read_apprise(const source_settings& of, const incoming& request);
draft_result read_gotify(const source_settings& of, const incoming& request);
draft_result read_ntfy(const source_settings& of, const incoming& request);
draft_result read_json(const source_settings& of, const incoming& request);
draft_result read_text(const source_settings& of, const incoming& request);
/// A mail that came over HTTP.
draft_result read_posted_mail(const source_settings& of, const incoming& request);

/// The messages of a draft to these recipients.
boost::system::result<translation, refusal> to_messages(const source_settings& of, draft made,
                                                        recipient_list recipients);

/// The priority for a level; `own` where the source's table has nothing for it.
persistence::priority priority_for(const source_settings& of, std::string_view level,
                                   persistence::priority own);

/// The fields of a form of either kind; its files are named in `notes`. Nothing: the body is none.
boost::system::result<std::optional<text_fields>, refusal> form_fields(const incoming& request,
                                                                       draft& into);

/// The names of files in `notes`, at most 20 of them.
class attachment_list {
 public:
  explicit attachment_list(draft& into) : into_(into) {}
  void add(std::string_view name, std::string_view type, std::optional<std::size_t> bytes);

 private:
  draft& into_;
  std::size_t named_ = 0;
};

/// Refuses everything but POST and PUT, and a path below the source.
std::optional<refusal> refuse_shape(const source_settings& of, const incoming& request);

}  // namespace postrider::sources
