#pragma once

#include "sources/translate.hpp"

#include <boost/json/value.hpp>

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

/// The priority for a level; `own` where the source's table has nothing for it.
persistence::priority priority_for(const source_settings& of, std::string_view level,
                                   persistence::priority own);

/// Refuses everything but POST and PUT, and a path below the source.
std::optional<refusal> refuse_shape(const source_settings& of, const incoming& request);

}  // namespace postrider::sources
