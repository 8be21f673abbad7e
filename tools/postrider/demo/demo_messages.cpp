#include "tools/postrider/demo/demo_messages.hpp"

#include <fmt/format.h>

#include <array>

namespace postrider::cli {
namespace {

struct occasion {
  std::string_view subject, text, kind;
};

constexpr std::array occasions{
    occasion{"Your parcel is on its way", "Parcel {} leaves Hamburg today. It arrives tomorrow.",
             "parcel"},
    occasion{"Your appointment tomorrow", "See you tomorrow at 9:30. Your number is {}.",
             "appointment"},
    occasion{"Your code", "{} is your code. It is good for ten minutes.", "code"},
    occasion{"Backup failed", "The backup of srv{} failed: no space left on the target.", "backup"},
    occasion{"Disk almost full", "/var on host {} is 91 % full.", "alert"},
    occasion{"Invoice", "Your invoice {} is ready. Please pay it within 14 days.", "invoice"},
    occasion{"Dinner at eight?", "The usual place, table {}. Bring nothing.", "private"},
};

/// One in so many messages.
constexpr int many_recipients = 12, scheduled = 40, hurried = 30, lazy = 8, held = 25;

}  // namespace

actors::recipient_input demo_messages::recipient(int user) {
  actors::recipient_input to;
  switch (any(10)) {
    case 0:
    case 1:
    case 2: to.email = fmt::format("user{}@example.org", user); break;
    case 3: to.url = fmt::format("http://127.0.0.1:{}/hook/user{}", ports_.hooks, user); break;
    // Numbers for fiction.
    default: to.phone = fmt::format("+1202555{:04}", 112 + user); break;
  }
  return to;
}

actors::send_request demo_messages::next(actors::time_point now) {
  const int number = 4'711 + number_++;
  const int user = 1 + any(demo_users);
  const auto& what = occasions.at(static_cast<std::size_t>(any(std::ssize(occasions))));
  actors::send_request request;
  request.user = user;
  request.subject = what.subject;
  request.text = fmt::format(fmt::runtime(what.text), number);
  request.reference = fmt::format("{}-{}", what.kind, number);
  request.metadata = fmt::format(R"({{"kind":"{}","number":"{}"}})", what.kind, number);
  auto& to = request.recipients.emplace();
  const int recipients = any(many_recipients) == 0 ? 3 : 1;
  for (int i = 0; i < recipients; ++i)
    to.push_back(recipient(user + i));
  if (any(hurried) == 0) request.priority = persistence::priority::high;
  if (any(lazy) == 0) request.priority = persistence::priority::low;
  if (any(held) == 0) request.on_unknown = persistence::on_unknown::hold;
  if (any(scheduled) == 0) request.send_at = now + std::chrono::minutes(10 + any(50));
  return request;
}

}  // namespace postrider::cli
