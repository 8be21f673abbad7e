#include "persistence/apply/batch_run.hpp"
#include "persistence/apply/endpoints.hpp"

/// The transitions of endpoints.
namespace postrider::persistence {

void batch_run::on(const create_endpoint& t, transition_result& r) {
  store_endpoint(session_, batch_, t, r);
}
void batch_run::on(const change_endpoint& t, transition_result& r) {
  store_endpoint_change(session_, t, r);
}
void batch_run::on(const delete_endpoint& t, transition_result& r) {
  remove_endpoint(session_, t, r);
}
void batch_run::on(const claim_endpoint& t, transition_result& r) {
  store_claim(session_, batch_, t, r);
}
void batch_run::on(const note_progress& t, transition_result& r) {
  store_progress(session_, batch_, events_, t, r);
}
void batch_run::on(const replay_deliveries& t, transition_result& r) {
  store_replay(session_, batch_, t, r);
}

}  // namespace postrider::persistence
