#include "tools/postrider/sendmail/spool_sender.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace postrider::cli {

namespace {

using verdict = recipient_result::verdict;

constexpr std::size_t most_failing = 10;

bool is_all_later(const std::vector<recipient_result>& results) {
  return std::ranges::all_of(results,
                             [](const recipient_result& one) { return one.is == verdict::later; });
}

std::vector<recipient_result> all_later(const outgoing_mail& mail, const std::string& reason) {
  std::vector<recipient_result> made;
  for (const auto& recipient : mail.recipients)
    made.push_back({recipient, verdict::later, reason});
  return made;
}

}  // namespace

outgoing_mail part_of(const outgoing_mail& mail, const std::vector<recipient_result>& results,
                      verdict which) {
  outgoing_mail part{mail.sender, {}, mail.text};
  for (const auto& one : results)
    if (one.is == which) part.recipients.push_back(one.recipient);
  return part;
}

std::string first_reason(const std::vector<recipient_result>& results, verdict which) {
  const auto found = std::ranges::find(results, which, &recipient_result::is);
  return found == results.end() ? std::string() : found->reason;
}

std::vector<recipient_result> spool_sender::send(const outgoing_mail& mail) {
  const bool kept = session_ && session_->is_usable();
  for (bool fresh = !kept;; fresh = true) {
    if (fresh) {
      session_.reset();
      auto opened = connect_();
      if (!opened) return all_later(mail, opened.error().sentence());
      session_.emplace(std::move(*opened));
    }
    auto results = session_->send(mail);
    // A server may close a connection that has served before; nothing was taken then.
    if (fresh || session_->is_usable() || !is_all_later(results)) return results;
  }
}

void spool_sender::quit() {
  if (session_) session_->quit();
  session_.reset();
}

spool_report spool_sender::send(mail_spool& spool, std::size_t most) {
  spool_report report;
  // A mail may come between the last look and the end of the lock; then its writer saw the lock.
  while (report.why.empty() && !spool.waiting().empty()) {
    const auto lock = spool.begin_sending();
    if (!lock) report.why = lock.error().sentence();
    else if (!*lock) {
      report.busy = true;
      report.why = "another process is sending the mails of this spool";
    } else {
      spool.sweep(now_());
      send_waiting(spool, most, report);
    }
  }
  return report;
}

void spool_sender::send_waiting(mail_spool& spool, std::size_t most, spool_report& report) {
  std::vector<refused_mail> failing;
  for (const auto& one : spool.waiting()) {
    if (report.sent + report.refused.size() >= most) report.why = "the rest is sent later";
    else report.why = send_unless_it_throws(spool, one.name, report, failing);
    if (!report.why.empty()) return;
  }
  if (!failing.empty()) report.why = failing.back().sentence;
}

std::string spool_sender::send_unless_it_throws(mail_spool& spool, mail_spool::id name,
                                                spool_report& report,
                                                std::vector<refused_mail>& failing) {
  try {
    auto why = send_one(spool, name, report);
    if (!why.empty()) return why;
    // This mail went: the fault is that of those before, which must not hold up the others.
    for (auto& one : std::exchange(failing, {})) {
      if (const auto moved = spool.set_aside(one.name); !moved) return moved.error().sentence();
      report.refused.push_back(std::move(one));
    }
    return {};
  } catch (const std::exception& error) {
    session_.reset();
    auto sentence = fmt::format("mail {} cannot be handled: {}", name, error.what());
    // So many in turn: the fault is rather that of this machine, and all mails wait.
    if (failing.size() + 1 >= most_failing) return sentence;
    failing.push_back({name, std::move(sentence)});
    return {};
  }
}

std::string spool_sender::send_one(mail_spool& spool, mail_spool::id name, spool_report& report) {
  const auto stored = spool.read(name);
  if (!stored) {
    // It may have been deleted since it was seen.
    if (!spool.is_waiting(name)) return {};
    if (const auto moved = spool.set_aside(name); !moved) return moved.error().sentence();
    report.refused.push_back({name, stored.error().sentence()});
    return {};
  }
  return settle(spool, name, stored->mail, send(stored->mail), report);
}

std::string spool_sender::settle(mail_spool& spool, mail_spool::id name, const outgoing_mail& mail,
                                 const std::vector<recipient_result>& results,
                                 spool_report& report) {
  const auto refused = part_of(mail, results, verdict::refused);
  const auto later = part_of(mail, results, verdict::later);
  if (!refused.recipients.empty()) {
    const auto reason = first_reason(results, verdict::refused);
    if (const auto moved = spool.refuse(name, refused, reason); !moved)
      return moved.error().sentence();
    report.refused.push_back({name, fmt::format("the server refused mail {} to {}: {}", name,
                                                fmt::join(refused.recipients, ", "), reason)});
  }
  if (later.recipients.empty()) {
    if (refused.recipients.size() < mail.recipients.size()) ++report.sent;
    spool.note_success();
    if (!spool.remove(name) && spool.is_waiting(name))
      return fmt::format("mail {} cannot be removed from the spool", name);
    return {};
  }
  const auto why = first_reason(results, verdict::later);
  spool.note_failure(why);
  if (later.recipients.size() < mail.recipients.size())
    if (const auto kept = spool.keep(name, later); !kept) return kept.error().sentence();
  return why;
}

}  // namespace postrider::cli
