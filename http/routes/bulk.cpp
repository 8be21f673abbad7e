#include "http/routes/bulk.hpp"

#include "base/digest.hpp"
#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"
#include "http/routes/send_reader.hpp"
#include "http/traceparent.hpp"

#include <algorithm>
#include <deque>

namespace postrider::http::routes {
namespace {

/// One commit takes them all; more would only make the first ones wait.
constexpr std::size_t max_lines_in_chunk = 500;
/// A line can have a thousand recipients, and its answer has a line for each.
constexpr std::size_t max_transactions_in_chunk = 2'000;
/// Bytes of the lines as they came; a connection holds some times that.
constexpr std::size_t max_bytes_in_chunk = 1024 * 1024;

problem line_too_long() {
  return {problem_code::body_too_large, "the line is longer than the body of a request may be"};
}

problem unknown_result() {
  return {problem_code::timeout,
          "there was no answer in time; whether the message was stored is not known"};
}

/// Takes `idempotency_key` out of a line: the header belongs to a whole request, so each line has
/// its own as a member.
std::string take_key(boost::json::value& document, std::vector<actors::field_problem>& problems) {
  auto* object = document.if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains("idempotency_key");
  if (value == nullptr) return {};
  const field whole(document, problems);
  const auto text = field(whole, *value, "idempotency_key").text(1, 255);
  const bool printable =
      !text || std::ranges::all_of(*text, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable)
    whole.wrong_member("idempotency_key", "bad_key", "must have only printable ASCII characters");
  std::string key(text.value_or(std::string_view()));
  object->stable_erase("idempotency_key");
  return key;
}

/// One line on its way. The pipeline's thread leaves the result and says so with `finished`.
struct slot {
  std::size_t line = 0;
  /// Taken when the chunk starts.
  std::optional<actors::send_request> request;
  /// The problem of the line itself.
  std::optional<problem> refused;
  std::atomic<bool> answered{false};
  std::atomic<bool> finished{false};
  std::optional<actors::result<actors::send_receipt>> result;

  void read(std::string_view text, const caller& who);
  void append_answer(std::string_view request_id, std::string& out) const;
};

void slot::read(std::string_view text, const caller& who) {
  std::array<unsigned char, 4096> first_block;
  boost::json::monotonic_resource memory(first_block.data(), first_block.size());
  auto document = parse_json(text, &memory);
  if (document.has_error()) {
    // The reader's own line number counts within this line.
    refused = problem{problem_code::invalid_json,
                      fmt::format("column {}: {}", document.error().column, document.error().what)};
    return;
  }
  std::vector<actors::field_problem> problems;
  actors::send_request wanted;
  const auto key = take_key(*document, problems);
  read_send_request(field(*document, problems), wanted);
  if (!key.empty()) wanted.once = actors::once_only{who.id(), sha256(key), sha256(text)};
  if (!problems.empty()) refused = invalid_body(std::move(problems));
  else refused = who.refusal_for(wanted.user);
  if (!refused) request = std::move(wanted);
}

void slot::append_answer(std::string_view request_id, std::string& out) const {
  json_writer json(out);
  if (refused) {
    write_problem(json, *refused, request_id, line);
  } else if (!finished.load(std::memory_order_acquire)) {
    write_problem(json, unknown_result(), request_id, line);
  } else if (result->has_error()) {
    write_problem(json, to_problem(result->error()), request_id, line);
  } else {
    write_receipt(json, **result, line);
  }
  out += '\n';
}

class bulk_chunk final : public pending_call, public std::enable_shared_from_this<bulk_chunk> {
 public:
  slot& add(std::size_t line) {
    auto& added = slots_.emplace_back();
    added.line = line;
    return added;
  }
  bool empty() const { return slots_.empty(); }
  std::size_t lines() const { return slots_.size(); }

  void start(actors::gateway& gateway, std::function<void()> wake) override;
  void answer(const request& from, response& into) override {
    for (const auto& one : slots_)
      one.append_answer(from.id, into.body);
  }

  std::string request_id;

 private:
  void send(actors::gateway& gateway, slot& one);
  void finish(slot& one, actors::result<actors::send_receipt> result);
  void leave() {
    if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) std::exchange(wake_, nullptr)();
  }

  /// Slots stay where they are while the pipeline's threads fill them.
  std::deque<slot> slots_;
  /// Lines without an answer, and one for as long as lines are started.
  std::atomic<std::size_t> missing_{1};
  std::function<void()> wake_;
};

void bulk_chunk::start(actors::gateway& gateway, std::function<void()> wake) {
  wake_ = std::move(wake);
  for (auto& one : slots_)
    if (one.request) send(gateway, one);
  leave();
}

void bulk_chunk::send(actors::gateway& gateway, slot& one) {
  missing_.fetch_add(1, std::memory_order_relaxed);
  auto request = *std::exchange(one.request, std::nullopt);
  try {
    gateway.send(std::move(request), fmt::format("{}/{}", request_id, one.line),
                 [self = shared_from_this(), &one](actors::result<actors::send_receipt> result) {
                   self->finish(one, std::move(result));
                 });
  } catch (const std::exception& error) {
    finish(one, actors::internal(error.what()));
  }
}

void bulk_chunk::finish(slot& one, actors::result<actors::send_receipt> result) {
  // A gateway that answers twice has a fault, but not one that may corrupt a connection.
  if (one.answered.exchange(true)) return;
  one.result.emplace(std::move(result));
  one.finished.store(true, std::memory_order_release);
  leave();
}

class bulk_stream final : public line_stream {
 public:
  explicit bulk_stream(const request& from)
      : request_id_(from.id), traceparent_(traceparent_of(from)), who_(from) {
    begin_chunk();
  }

  void add(std::string_view line) override {
    auto& added = next_->add(++lines_);
    bytes_ += line.size();
    added.read(line, who_);
    if (added.request) added.request->traceparent = traceparent_;
    if (added.request) added.request->test = who_.tests();
    const auto* recipients =
        added.request && added.request->recipients ? &*added.request->recipients : nullptr;
    transactions_ += recipients != nullptr ? recipients->size() : 1;
  }
  void add_too_long() override { refuse(line_too_long()); }
  void refuse(problem why) override { next_->add(++lines_).refused = std::move(why); }
  bool full() const override {
    return next_->lines() >= max_lines_in_chunk || transactions_ >= max_transactions_in_chunk ||
           bytes_ >= max_bytes_in_chunk;
  }
  bool empty() const override { return next_->empty(); }
  std::shared_ptr<pending_call> take_chunk() override {
    auto chunk = std::move(next_);
    begin_chunk();
    return chunk;
  }

 private:
  void begin_chunk() {
    next_ = std::make_shared<bulk_chunk>();
    next_->request_id = request_id_;
    transactions_ = bytes_ = 0;
  }

  const std::string request_id_;
  const std::string traceparent_;
  const caller who_;
  std::shared_ptr<bulk_chunk> next_;
  std::size_t lines_ = 0;
  std::size_t transactions_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<line_stream> open_bulk(const request& from) {
  return std::make_unique<bulk_stream>(from);
}

void refuse_empty_bulk(exchange& x) {
  x.fail({problem_code::invalid, "the body has no line; send one request a line"});
}

}  // namespace postrider::http::routes
