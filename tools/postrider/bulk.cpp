#include "tools/postrider/bulk_doubt.hpp"
#include "tools/postrider/bulk_refused.hpp"
#include "tools/postrider/bulk_run.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <random>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct bulk_options {
  server_options server;
  std::string file, format, in_doubt;
  bool resume = false, again = false;
};

std::string state_path(const bulk_options& given) { return given.file + ".sent"; }

std::string random_run() {
  std::random_device random;
  return fmt::format("bulk-{:08x}{:08x}{:08x}", random(), random(), random());
}

bool is_csv(const bulk_options& given) {
  return given.format.empty() ? original_name(given.file).ends_with(".csv") : given.format == "csv";
}

/// The command that sends this file as this one was sent.
std::string command_for(const bulk_options& given, const std::string& file) {
  const bool named = is_csv(given) != original_name(file).ends_with(".csv");
  return fmt::format("postrider bulk {}{}",
                     named ? is_csv(given) ? "--format csv " : "--format ndjson " : "", file);
}

outcome<std::unique_ptr<bulk_reader>> open_reader(const bulk_options& given, std::istream& in) {
  if (!is_csv(given)) return read_ndjson(in);
  auto reader = read_csv(in);
  if (!reader)
    return failure::because(fmt::format("{}: {}", given.file, reader.error().sentence()));
  return reader;
}

std::string changed_text(const std::string& file, std::size_t refused) {
  const auto again = refused == 0   ? std::string("what was accepted is not sent again")
                     : refused == 1 ? std::string("its refused line is sent again")
                                    : fmt::format("its {} refused lines are sent again", refused);
  return fmt::format("postrider: {} has changed; {}\n", file, again);
}

/// Why a file that has changed cannot be gone on with, whatever its text is now.
std::optional<failure> why_not_changed(const bulk_options& given, const bulk_state& state) {
  const auto doubt = state.in_doubt().size();
  if (doubt == 0) return sent_from_refused(given.file);
  return failure::because(
      fmt::format("{} has changed, and up to {} of its lines were posted and not answered: they "
                  "may have been stored as they were. Put back the file as it was, go on with it "
                  "(--resume), and correct it then",
                  given.file, doubt));
}

/// The state of an earlier run, also when refused lines were corrected in the file since then.
outcome<bulk_state> resumed_state(command_context& context, const bulk_options& given,
                                  const file_identity& of) {
  auto state = bulk_state::read(state_path(given));
  if (!state) return state;
  finish_keeping(given.file, *state);
  if (state->of() == of) return state;
  if (const auto why = why_not_changed(given, *state)) return *why;
  std::ifstream file(given.file, std::ios::binary);
  const auto reader = open_reader(given, file);
  if (!reader) return reader.error();
  const auto refused = state->refused().count();
  if (const auto why = go_on_with_corrected(given.file, of, **reader, *state)) return *why;
  context.err << changed_text(given.file, refused);
  return state;
}

/// A file that was begun is not sent again by mistake.
outcome<bulk_state> find_state(command_context& context, const bulk_options& given,
                               const file_identity& of) {
  const auto path = state_path(given);
  const bool begun = std::filesystem::exists(path);
  if (begun && given.resume) return resumed_state(context, given, of);
  if (begun && !given.again)
    return failure::because(
        fmt::format("a previous run of {0} was not finished ({1} has its progress); continue with "
                    "--resume, or send the whole file again with --again",
                    given.file, path));
  return bulk_state::begin(of, random_run());
}

/// Settles what a server would not know again, as the person said; else why there is no going on.
std::optional<failure> settle_doubt(command_context& context, const bulk_options& given,
                                    bulk_state& state, const std::string& key) {
  const auto now = std::chrono::floor<std::chrono::seconds>(context.wall_clock());
  auto doubt = find_doubt(state, key, now);
  if (doubt.records.empty()) return std::nullopt;
  std::ifstream file(given.file, std::ios::binary);
  const auto reader = open_reader(given, file);
  if (!reader) return reader.error();
  const auto lines = find_lines(**reader, doubt);
  if (doubt.records.empty()) return std::nullopt;
  if (given.in_doubt.empty()) return failure::because(doubt_text(doubt, lines, key, now));
  const bool skip = given.in_doubt == "skip";
  for (std::size_t i = 0; i < doubt.records.size(); ++i) {
    state.forget(doubt.records[i]);
    if (skip) state.add(doubt.records[i], doubt.prints[i]);
  }
  context.err << fmt::format("postrider: {} of {} {}\n", lines, given.file,
                             skip ? "left out" : "posted again");
  return std::nullopt;
}

std::string summary_text(const bulk_count& count, std::size_t left,
                         std::chrono::milliseconds passed) {
  auto text = fmt::format("{} accepted, {} refused", count.accepted, count.refused);
  if (count.skipped > 0) text += fmt::format(", {} answered before", count.skipped);
  if (count.refused_before > 0) text += fmt::format(", {} refused before", count.refused_before);
  if (left > 0) text += fmt::format(", {} not taken", left);
  return text + fmt::format(", in {:.1f} s\n", static_cast<double>(passed.count()) / 1000);
}

json::object summary_json(const bulk_count& count, std::size_t left,
                          std::chrono::milliseconds passed) {
  return {{"accepted", count.accepted},
          {"refused", count.refused},
          {"answered_before", count.skipped},
          {"refused_before", count.refused_before},
          {"not_taken", left},
          {"seconds", static_cast<double>(passed.count()) / 1000}};
}

/// Copies them and says where they are.
void report_refused(command_context& context, const bulk_options& given, bulk_state& state) {
  if (state.refused().empty() || given.file == "-") return;
  std::ifstream file(given.file, std::ios::binary);
  const auto reader = open_reader(given, file);
  if (!reader) return;
  if (const auto why = keep_refused(given.file, **reader, state)) {
    fail(context, why->sentence());
    return;
  }
  context.err << fmt::format(
      "postrider: the refused lines are in {0}; correct them there, then send them with: {1}\n",
      refused_path(given.file), command_for(given, refused_path(given.file)));
}

int send_file(command_context& context, const bulk_options& given, const server_location& location,
              bulk_reader& reader, bulk_state& state, std::uint64_t bytes) {
  const auto server = context.connect(location);
  const auto start = context.now();
  bulk_run run(context, *server, reader, state,
               {bytes, given.server.json, given.in_doubt == "skip"});
  const auto ended = run.run();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(context.now() - start);
  const auto& count = run.count();
  context.out << (given.server.json
                      ? json::serialize(summary_json(count, run.left(), passed)) + "\n"
                      : summary_text(count, run.left(), passed))
              << std::flush;
  if (!ended) fail(context, given.server, ended.error());
  report_refused(context, given, state);
  if ((!ended || run.left() > 0) && given.file != "-")
    context.err << "postrider: continue with: " << command_for(given, "--resume " + given.file)
                << std::endl;
  const auto refused = count.refused + count.refused_before;
  return ended && run.left() == 0 && refused == 0 ? done : failed;
}

int send_input(command_context& context, const bulk_options& given,
               const server_location& location) {
  const auto reader = open_reader(given, context.in);
  if (!reader) return fail(context, reader.error().sentence());
  auto state = bulk_state::forgetful(random_run());
  return send_file(context, given, location, **reader, state, 0);
}

/// The mistake in these options together; nullptr when there is none.
const char* mistake_in(const bulk_options& given) {
  if (given.resume && given.again) return "--resume and --again exclude each other";
  if (!given.in_doubt.empty() && !given.resume) return "--in-doubt goes with --resume";
  if (given.file == "-" && (given.resume || given.again)) return "standard input cannot be resumed";
  return nullptr;
}

int bulk(command_context& context, const bulk_options& given) {
  if (const auto* mistake = mistake_in(given)) {
    fail(context, mistake);
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  if (given.file == "-") return send_input(context, given, *location);
  std::ifstream file(given.file, std::ios::binary);
  if (!file) return fail(context, fmt::format("cannot read {}", given.file));
  if (!std::filesystem::is_regular_file(given.file))
    return fail(context,
                fmt::format("cannot resume from {0}, which is not a regular file; try: {1} < {0}",
                            given.file, command_for(given, "-")));
  const auto identity = identity_of(file);
  file.clear();
  file.seekg(0);
  // A wrong header is told before anything is written.
  const auto reader = open_reader(given, file);
  if (!reader) return fail(context, reader.error().sentence());
  auto state = find_state(context, given, identity);
  if (!state) return fail(context, state.error().sentence());
  const auto key = shown_key(location->key);
  if (const auto why = settle_doubt(context, given, *state, key))
    return fail(context, why->sentence());
  if (const auto why = state->open(state_path(given), key)) return fail(context, why->sentence());
  if (set_aside_refused(given.file, *state))
    context.err << fmt::format("postrider: {0} of an earlier run is now {0}.old\n",
                               refused_path(given.file));
  return send_file(context, given, *location, **reader, *state, identity.bytes);
}

}  // namespace

void add_bulk(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<bulk_options>();
  auto* sub = add_command(
      app, "bulk", "Send a file of messages: one JSON request a line, or CSV with a header row.",
      "  postrider bulk messages.ndjson\n"
      "  postrider bulk --resume messages.ndjson\n"
      "  postrider bulk --json customers.csv > answers.ndjson\n"
      "  generate | postrider bulk --format csv -\n"
      "\nThe columns of a CSV file are members of a request: message, user_id, recipients (with\n"
      "\";\" between them), type, subject, priority, send_at, ..., and metadata.NAME.\n"
      "FILE.sent keeps which lines were answered, so that --resume sends none of them again. What\n"
      "was posted and not answered is posted again: for 24 hours a server knows it by its\n"
      "idempotency key and the API key. Later, or with another API key, --in-doubt says what to "
      "do.\n"
      "Refused lines are copied to FILE.refused. Correct them there and send that file, or "
      "correct\n"
      "them in their place in FILE and go on with --resume: accepted lines are not sent again.\n"
      "Do one of the two: after lines were sent from FILE.refused, a changed FILE is refused.\n",
      "0 all accepted, 1 some lines were refused (told on stdout), or it was not finished (go on "
      "with --resume), 2 usage.");
  add_option(*sub, "FILE", given->file, "the file; - reads the standard input").required();
  add_option(*sub, "--format", given->format, "ndjson or csv (default: by the file's name)")
      .one_of({"ndjson", "csv"})
      .type_name("FORMAT");
  add_flag(*sub, "--resume", given->resume, "send the lines that an earlier run got no answer for");
  add_option(
      *sub, "--in-doubt", given->in_doubt,
      "with --resume: send or skip lines that were posted, not answered, and may be forgotten")
      .one_of({"send", "skip"})
      .type_name("WHAT");
  add_flag(*sub, "--again", given->again, "send a whole file that was sent before");
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return bulk(context, *given); };
  });
}

}  // namespace postrider::cli
