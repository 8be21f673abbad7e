#pragma once

#include "actors/pipeline.hpp"

#include <map>
#include <set>

namespace postrider::actors {

/// Asks the other actors what they hold, all at once and before all other messages, and puts their
/// answers into one document. Whoever asks for everything is answered soon: an actor that is busy
/// until then is shown as it last answered, with the age of that. Whoever asks for one section gets
/// it as it is now; an actor that does not answer within half a second is named as such. The
/// section `given_up` is for those who ask for it only: it reads rows.
class inspector_state {
 public:
  static inline constexpr const char* name = "inspector";
  explicit inspector_state(inspector_actor::pointer self) : self_(self) {}
  inspector_actor::behavior_type make_behavior(environment_ptr environment, pipeline_ptr actors,
                                               supervisor_actor supervisor);

 private:
  /// Which actor of which section; those that are alone there have no number.
  struct part {
    std::string section;
    std::optional<std::int32_t> number;
    auto operator<=>(const part&) const = default;
  };
  /// One answer that is being put together; delivered when the last part came.
  struct report {
    boost::json::object content;
    /// The section that is asked for; empty for all.
    std::string wanted;
    caf::typed_response_promise<inspection> promise;
    /// The actors that have not answered; empty once the answer is delivered.
    std::set<part> waiting;
    std::uint64_t number = 0;
  };
  struct known_part {
    boost::json::object content;
    steady_point at{};
  };
  using report_ptr = std::shared_ptr<report>;

  caf::result<inspection> on_inspect(const std::string& section);
  template <class Handle>
  void ask(const report_ptr& out, const part& what, const Handle& actor);
  void ask_rows(const report_ptr& out);
  void ask_given_up(const report_ptr& out);
  static boost::json::array waiting_in(const std::vector<persistence::lane_count>& lanes,
                                       const provider_directory& directory);
  void answered(const report_ptr& out, const part& what, boost::json::object content);
  void silent(const report_ptr& out, const part& what);
  void on_patience_ended(std::uint64_t number);
  void add_known(report& out, const part& what) const;
  static void add(report& out, const part& what, boost::json::object content);
  void deliver(report& out);
  boost::json::object build() const;

  inspector_actor::pointer self_;
  environment_ptr environment_;
  pipeline_ptr actors_;
  supervisor_actor supervisor_;
  steady_point started_{};
  /// The last answer of each part; as many as there are actors.
  std::map<part, known_part> known_;
  std::uint64_t last_number_ = 0;
  /// Those that go soon, whoever has not answered.
  std::map<std::uint64_t, report_ptr> hurried_;
};

inspector_actor::behavior_type inspector(inspector_actor::stateful_pointer<inspector_state> self,
                                         environment_ptr environment, pipeline_ptr actors,
                                         supervisor_actor supervisor);

}  // namespace postrider::actors
