#include "persistence/apply/api_keys.hpp"
#include "persistence/apply/audit.hpp"
#include "persistence/apply/batch_run.hpp"
#include "persistence/apply/browser_sessions.hpp"

/// The transitions of keys, of the sessions that begin with them, and of who changed something.
namespace postrider::persistence {

void batch_run::on(const create_api_key& t, transition_result& r) {
  store_api_key(session_, batch_, t, r);
}
void batch_run::on(const revoke_api_key& t, transition_result& r) {
  end_api_key(session_, batch_, t, r);
}
void batch_run::on(const note_key_use& t, transition_result&) { store_key_use(session_, t); }
void batch_run::on(const begin_browser_session& t, transition_result& r) {
  store_browser_session(session_, batch_, t, r);
}
void batch_run::on(const end_browser_session& t, transition_result& r) {
  remove_browser_session(session_, t, r);
}
void batch_run::on(const note_audit& t, transition_result&) { store_audit(session_, batch_, t); }

}  // namespace postrider::persistence
