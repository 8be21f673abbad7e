#pragma once

#include "actors/pipeline.hpp"

namespace postrider::actors {

/// Asks the other actors what they hold, all at once, and puts their answers into one document. An
/// actor that does not answer within half a second is named as such.
class inspector_state {
 public:
  static inline constexpr const char* name = "inspector";
  explicit inspector_state(inspector_actor::pointer self) : self_(self) {}
  inspector_actor::behavior_type make_behavior(environment_ptr environment, pipeline_ptr actors,
                                               supervisor_actor supervisor);

 private:
  /// One answer that is being put together; delivered when the last part came.
  struct report {
    boost::json::object content;
    std::size_t missing = 0;
    caf::typed_response_promise<inspection> promise;
  };
  using report_ptr = std::shared_ptr<report>;

  caf::result<inspection> on_inspect(const std::string& section);
  template <class Handle>
  void ask(const report_ptr& out, std::string section, bool is_list, const Handle& actor);
  void ask_rows(const report_ptr& out);
  static void add(report& out, const std::string& section, bool is_list, boost::json::object part);
  static void finish(report& out);

  inspector_actor::pointer self_;
  environment_ptr environment_;
  pipeline_ptr actors_;
  supervisor_actor supervisor_;
  steady_point started_{};
};

inspector_actor::behavior_type inspector(inspector_actor::stateful_pointer<inspector_state> self,
                                         environment_ptr environment, pipeline_ptr actors,
                                         supervisor_actor supervisor);

}  // namespace postrider::actors
