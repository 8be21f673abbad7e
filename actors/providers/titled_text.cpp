#include "actors/providers/titled_text.hpp"

#include "base/cut_text.hpp"

namespace postrider::actors {

bool subject_in_text(const provider_settings& settings, problem_list& wrong) {
  const auto found = settings.keys.find(std::string(subject_in_text_key.name));
  if (found == settings.keys.end() || found->second.empty() || found->second == "true") return true;
  if (found->second != "false") wrong.add("subject_in_text: it must be true or false");
  return false;
}

titled_view::titled_view(const persistence::message& message, bool with_subject)
    : view_(message.text) {
  if (!with_subject || message.subject.empty() || message.text.empty()) return;
  both_ = message.subject + "\n" + message.text;
  view_ = both_;
}

std::string titled_text(const persistence::message& message, bool with_subject) {
  return std::string(titled_view(message, with_subject).get());
}

std::string sent_text(const persistence::message& message, bool with_subject,
                      const std::function<bool(std::string_view)>& fits) {
  const titled_view text(message, with_subject);
  return message.shorten ? cut_text(text.get(), fits) : std::string(text.get());
}

}  // namespace postrider::actors
