#include "tools/postrider/bulk_run.hpp"

#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// A little less than the server takes in one request: the keys are added to the lines.
constexpr std::size_t max_request_lines = 10'000;
constexpr std::size_t max_request_bytes = 31 * 1024 * 1024;
/// Requests in a row that bring no record to its end: a server has some 20 seconds to start again.
constexpr int max_idle_requests = 8;
/// A key's rate lets something in within a minute.
constexpr int max_limited_requests = 15;
constexpr milliseconds limited_pause{5'000};
/// How often one record is sent while others go on.
constexpr int max_bulk_tries = 10;
constexpr milliseconds first_pause{250};

/// Whether it was surely not stored, or can be asked for again with the same key. 401: the API key
/// ended, which is no fault of the line.
bool comes_again(const json::object& answer) {
  const auto status = member_text(answer, "status");
  return status == "401" || status == "408" || status == "409" || status == "429" ||
         status.starts_with('5');
}

/// True for an answer, or a reply in place of answers, that stored nothing. A status that comes
/// from a proxy between us and the server (502, 504) says nothing of the kind.
bool is_surely_not_stored(int status) {
  return status == 503 || (status >= 400 && status < 500 && status != 408 && status != 409);
}

/// In place of answers, and by Postrider: a proxy's 503 may be about what it forwarded already.
bool is_surely_not_stored(const http_reply& reply) {
  json::error_code error;
  const auto document = json::parse(reply.body, error);
  const bool ours = !error && document.is_object() && document.get_object().contains("code") &&
                    document.get_object().contains("request_id");
  return ours && is_surely_not_stored(reply.status);
}

bool is_surely_not_stored(const json::object& answer) {
  const auto* status = answer.if_contains("status");
  return status != nullptr && status->is_int64() &&
         is_surely_not_stored(static_cast<int>(status->get_int64()));
}

/// Its name may be written with escapes, which JSON has for any letter.
bool brings_its_key(const std::string& text) {
  constexpr auto name = "idempotency_key";
  if (text.find(name) == std::string::npos && text.find("\\u") == std::string::npos) return false;
  json::error_code error;
  const auto document = json::parse(text, error);
  return !error && document.is_object() && document.get_object().contains(name);
}

/// The server knows the key of the line from an earlier post, with another text.
bool is_mismatch(const json::object& answer) {
  return member_text(answer, "code") == "idempotency_mismatch";
}

bool is_accepted(const json::object& answer) { return answer.contains("message_id"); }

std::string refusal_text(const json::object& answer) {
  auto text = fmt::format("{}: {}", member_text(answer, "code"), member_text(answer, "detail"));
  const auto* errors = answer.if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return text;
  for (const auto& error : errors->get_array())
    if (const auto* one = error.if_object())
      text += fmt::format("\n  {}: {}", member_text(*one, "pointer"), member_text(*one, "detail"));
  return text;
}

}  // namespace

std::string keyed_line(const std::string& text, const std::string& key) {
  const auto brace = text.find_first_not_of(" \t");
  if (brace == std::string::npos || text[brace] != '{' || brings_its_key(text)) return text + "\n";
  const auto inside = text.find_first_not_of(" \t", brace + 1);
  const bool empty = inside != std::string::npos && text[inside] == '}';
  return fmt::format("{{\"idempotency_key\":\"{}\"{}{}\n", key, empty ? "" : ",",
                     text.substr(brace + 1));
}

bulk_run::bulk_run(command_context& context, http_client& server, bulk_reader& reader,
                   bulk_state& state, const settings& how)
    : context_(context),
      server_(server),
      reader_(reader),
      state_(state),
      how_(how),
      progress_(context.err, context.terminal, context.now()) {
  count_.file_bytes = how.file_bytes;
  count_.skipped = state.accepted().count();
  count_.refused_before = state.refused().count();
}

failure bulk_run::unwritten() {
  return failure::because("cannot write the progress file; is the disk full?");
}

outcome<bulk_count> bulk_run::send_all() {
  auto pause = first_pause;
  int idle = 0, limited = 0;
  while (find_next()) {
    request_lines_ = request_bytes_ = answered_lines_ = 0;
    ended_early_ = limited_ = false;
    unfinished_.clear();
    const auto before = ended();
    const auto reply = server_.stream(
        "/v1/messages/bulk", [this] { return next_line(); },
        [this](std::string_view piece) { return take(piece); });
    note_unread(reply);
    if (broken_) break;
    const auto trouble = judge(reply, in_flight_.size());
    const auto unanswered = take_back();
    if (!trouble) return trouble.error();
    const bool went_on = ended() > before;
    if (reply && reply->status == 429) limited_ = true;
    if (went_on) idle = limited = 0;
    else ++(limited_ ? limited : idle);
    if (idle == max_idle_requests || limited == max_limited_requests) {
      progress_.clear();
      return failure::because(*trouble);
    }
    if (reply && reply->status == 200 && unanswered == 0) continue;
    if (went_on) pause = first_pause;
    context_.pause(limited_ ? limited_pause : pause);
    pause = std::min(pause * 2, milliseconds(5'000));
  }
  progress_.clear();
  if (broken_) return *broken_;
  return count_;
}

outcome<std::string> bulk_run::judge(const outcome<http_reply>& reply,
                                     std::size_t unanswered) const {
  if (!reply) return reply.error().sentence();
  if (reply->status != 200) {
    const auto problem = understood_answer(*reply);
    const auto why = problem ? failure::because(fmt::format("the server answers {}", reply->status))
                             : problem.error();
    if (reply->status == 429 || reply->status == 503) return why.sentence();
    return why;
  }
  if (limited_) return std::string("the API key has used up its requests for now");
  return unanswered == 0 ? std::string("the server is busy, or about to stop")
                         : fmt::format("the server ended its answer before {} lines", unanswered);
}

/// Makes the first of what waits the next to be sent.
bool bulk_run::find_next() {
  while (waiting_.empty()) {
    auto record = reader_.next();
    if (!record) {
      state_.not_posted_after(last_read_);
      return false;
    }
    last_read_ = record->number;
    if (state_.has(record->number)) continue;
    if (!record->mistake.empty()) {
      refuse_unread(*record);
      continue;
    }
    waiting_.push_back({record->number, record->line, record->position, std::move(record->json)});
  }
  return !broken_;
}

std::string bulk_run::next_line() {
  if (request_lines_ == max_request_lines || limited_ || broken_ || !find_next()) return {};
  auto line = keyed_line(waiting_.front().json,
                         fmt::format("{}-{}", state_.run(), waiting_.front().number));
  if (request_lines_ > 0 && request_bytes_ + line.size() > max_request_bytes) return {};
  if (!state_.post(waiting_.front().number,
                   std::chrono::floor<std::chrono::seconds>(context_.wall_clock()))) {
    broken_ = unwritten();
    return {};
  }
  ++request_lines_;
  request_bytes_ += line.size();
  in_flight_.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
  return line;
}

bool bulk_run::take(std::string_view piece) {
  unfinished_ += piece;
  std::size_t from = 0;
  bool understood = true;
  for (auto end = unfinished_.find('\n'); end != std::string::npos && understood;
       end = unfinished_.find('\n', from)) {
    understood = take_answer(std::string_view(unfinished_).substr(from, end - from));
    from = end + 1;
  }
  unfinished_.erase(0, from);
  if (!understood) broken_ = failure::because("the answer is not from Postrider; check the URL");
  if (!state_.save()) broken_ = unwritten();
  context_.out.flush();
  progress_.show(count_, context_.now());
  return !broken_;
}

bool bulk_run::take_answer(std::string_view line) {
  json::error_code error;
  auto document = json::parse({line.data(), line.size()}, error);
  auto* answer = error ? nullptr : document.if_object();
  if (answer == nullptr || member_text(*answer, "line") != std::to_string(answered_lines_ + 1))
    return false;
  ++answered_lines_;
  ended_early_ = is_surely_not_stored(*answer) && comes_again(*answer);
  const bool limited = member_text(*answer, "code") == "rate_limited";
  limited_ = limited_ || limited;
  // The answer is about a line that was never sent: why the server reads no further.
  if (in_flight_.empty()) return true;
  auto of = std::move(in_flight_.front());
  in_flight_.pop_front();
  if (ended_early_) state_.not_stored(of.number);
  if (is_mismatch(*answer) && !brings_its_key(of.json)) {
    leave_in_doubt(of, std::move(*answer));
  } else if (!comes_again(*answer)) {
    decide(of, std::move(*answer));
  } else if (limited || ++of.tries < max_bulk_tries) {
    again_.push_back(std::move(of));
  } else {
    ++left_;
    print(of, std::move(*answer));
  }
  return true;
}

void bulk_run::decide(const outgoing& of, json::object answer) {
  const bool accepted = is_accepted(answer);
  ++(accepted ? count_.accepted : count_.refused);
  count_.position = std::max(count_.position, of.position);
  if (accepted) state_.add(of.number, print_of(of.number, of.json));
  else state_.refuse(of.number);
  if (!accepted || how_.json) print(of, std::move(answer));
}

void bulk_run::leave_in_doubt(const outgoing& of, json::object answer) {
  if (how_.skip_in_doubt) {
    state_.add(of.number, print_of(of.number, of.json));
    ++count_.skipped;
    return;
  }
  ++left_;
  answer["detail"] =
      "the line was posted before with another text, and that may have been stored; look whether "
      "its message is there (GET /v1/transactions), then --resume with --in-doubt skip to leave "
      "the line out";
  print(of, std::move(answer));
}

void bulk_run::refuse_unread(const bulk_record& record) {
  json::object answer{{"line", record.line}, {"code", "unreadable"}, {"detail", record.mistake}};
  decide({record.number, record.line, record.position, {}}, std::move(answer));
  if (!state_.save()) broken_ = unwritten();
}

void bulk_run::note_unread(const outcome<http_reply>& reply) {
  const bool unread = reply && (reply->status == 200 ? ended_early_ : is_surely_not_stored(*reply));
  if (!unread) return;
  for (const auto& one : in_flight_)
    state_.not_stored(one.number);
}

void bulk_run::print(const outgoing& of, json::object answer) {
  progress_.clear();
  if (how_.json) {
    answer["line"] = of.line;
    context_.out << json::serialize(answer) << '\n';
  } else {
    context_.out << fmt::format("line {}: {}\n", of.line, refusal_text(answer));
  }
}

std::size_t bulk_run::take_back() {
  const auto count = in_flight_.size() + again_.size();
  waiting_.insert(waiting_.begin(), std::make_move_iterator(in_flight_.begin()),
                  std::make_move_iterator(in_flight_.end()));
  waiting_.insert(waiting_.begin(), std::make_move_iterator(again_.begin()),
                  std::make_move_iterator(again_.end()));
  in_flight_.clear();
  again_.clear();
  return count;
}

}  // namespace postrider::cli
