#pragma once

#include "actors/messages.hpp"

/// All typed interfaces: the map of the system. An actor that sends a message hands over what the
/// message's line says; until the receiver's own commit the ledger still shows the old state, so an
/// actor that dies loses nothing: the supervisor starts the pipeline again from the ledger.
namespace postrider::actors {

/// Starts the pipeline, and starts it again from the ledger when one of its actors dies or its node
/// was fenced.
using supervisor_actor = caf::typed_actor<
    /// INTERNAL: start the pipeline.
    handles<void(start_atom)>,
    /// The keeper has a node: the rest of the pipeline may start.
    handles<void(register_atom, persistence::node_id)>,
    /// The ledger writes nothing more under this node's name.
    handles<void(fenced_atom, persistence::node_id)>,
    /// Takes over the wish for other providers, or for one that is on or off.
    handles<void(reload_job_ptr)>,
    /// The ledger has other providers than the directory: read them.
    handles<void(changes_atom)>,
    /// Ends all senders' work; answers how much is still in flight.
    handles<std::int64_t(drain_atom)>,
    /// Ends the pipeline; answers when the lease was given back.
    handles<bool(leave_atom)>, handles<inspection(inspect_atom)>>;

/// Group commit: what arrives while a commit runs goes into the next one.
using ledger_writer_actor = caf::typed_actor<
    /// Takes over the transitions; the answer means that they are committed and synced.
    handles<reply<write_results>(write_request)>,
    /// A fresh node id with a lease of that length; batches carry it from then on.
    handles<reply<persistence::node_id>(register_atom, std::chrono::nanoseconds)>,
    /// The node id under which the other writers write.
    handles<void(adopt_atom, persistence::node_id)>,
    /// Renews the lease; the value says whether we still have it.
    handles<reply<bool>(renew_atom, std::chrono::nanoseconds)>,
    /// Gives the lease back.
    handles<reply<bool>(leave_atom)>,
    /// INTERNAL: apply what waits.
    handles<void(flush_atom)>,
    /// INTERNAL: the database was away, try again.
    handles<void(reconnect_atom)>, handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// Takes over from dead nodes, where several share a database.
using takeover_desk_actor = caf::typed_actor<
    /// Applies each take_over alone, under that node's name; the values are of those that passed.
    handles<reply<write_results>(persistence::node_id, write_request)>>;

/// Queries, on a connection and a thread of its own.
using ledger_reader_actor = caf::typed_actor<
    handles<reply<std::optional<persistence::found_transaction>>(find_atom,
                                                                 persistence::transaction_id)>,
    handles<reply<std::optional<persistence::found_message>>(find_atom, persistence::message_id)>,
    /// A step of the walk over the failures that a person selected; at most that many rows.
    handles<reply<persistence::retry_page>(failures_atom, persistence::retry_selection,
                                           persistence::retry_cursor, std::int32_t)>,
    /// When the next row expires that nobody is sending.
    handles<reply<std::optional<persistence::time_point>>(expiry_atom)>,
    handles<reply<persistence::message_page>(list_atom, persistence::message_list)>,
    /// One page of a list of transactions.
    handles<reply<persistence::transaction_page>(list_atom, persistence::transaction_list)>,
    /// Deliveries that ended as failed, in groups.
    handles<reply<persistence::failure_groups>(list_atom, persistence::failure_query)>,
    /// One page of who changed what.
    handles<reply<persistence::audit_page>(list_atom, persistence::audit_query)>,
    /// A user's provider list.
    handles<reply<user_provider_list>(list_atom, persistence::user_id)>,
    /// Users whose lists changed since that version.
    handles<reply<persistence::ledger_queries::list_changes>(changes_atom, std::int64_t)>,
    /// All providers, and their version.
    handles<reply<persistence::known_providers>(providers_atom)>,
    handles<reply<std::vector<persistence::node>>(nodes_atom)>,
    /// Nodes that own rows and are not alive.
    handles<reply<std::vector<persistence::node_id>>(owners_atom)>,
    /// Which of the lanes have free rows, and from when on they are due.
    handles<reply<std::vector<persistence::lane_state>>(lanes_atom,
                                                        std::vector<persistence::lane>)>,
    /// Free rows that wait, without touching them.
    handles<reply<delivery_list>(waiting_query)>,
    handles<reply<std::optional<persistence::first_answer>>(answer_query)>,
    /// All keys of the API, when they changed since that version.
    handles<reply<persistence::key_changes>(keys_atom, std::int64_t)>,
    /// A page of the feed, and the place behind all of it.
    handles<reply<persistence::event_page>(events_atom, persistence::event_query)>,
    handles<reply<persistence::event_cursor>(events_atom)>,
    /// The events at these places, as far as they are kept.
    handles<reply<std::vector<persistence::found_event>>(events_atom,
                                                         std::vector<persistence::event_place>)>,
    /// All endpoints, when they changed since that version; one; and deliveries of one.
    handles<reply<persistence::endpoint_changes>(endpoints_atom, std::int64_t)>,
    handles<reply<std::optional<persistence::endpoint>>(endpoints_atom, find_atom,
                                                        persistence::endpoint_id)>,
    handles<reply<std::vector<persistence::endpoint_delivery>>(persistence::delivery_query)>,
    /// How many rows there are, and how many wait in each of the lanes.
    handles<reply<database_counts>(rows_atom, std::vector<persistence::lane>)>,
    /// Deliveries that were given up in the last so many milliseconds.
    handles<reply<persistence::given_up>(failures_atom, std::int64_t)>>;

/// Checks, routes and stores new messages.
using message_intake_actor = caf::typed_actor<
    /// Takes over the client's request; answers it when the message is stored or refused.
    handles<void(accept_job_ptr)>,
    /// INTERNAL: the oldest has waited long enough.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// Knows providers, user lists and health; ranks.
using provider_selector_actor = caf::typed_actor<
    handles<route_reply(route_query)>,
    /// The values by which a message of that user would be ranked.
    handles<reply<routing_snapshot>(explain_atom, persistence::user_id)>,
    /// A sender's circuit changed.
    handles<void(provider_health)>,
    /// The directory is another one.
    handles<void(configure_atom)>,
    /// A user's list.
    handles<reply<user_provider_list>(list_atom, persistence::user_id)>,
    /// Replaces a user's list; the answer means that it is stored and used from now on.
    handles<reply<user_provider_list>(replace_atom, persistence::user_id, user_provider_list)>,
    /// INTERNAL: look for lists and providers that other nodes changed.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// Brings what is finished to history.
using history_archiver_actor = caf::typed_actor<
    /// Takes over an attempt that ended its transaction.
    handles<void(ended_attempt)>,
    /// INTERNAL: writes those that came since the last write.
    handles<void(flush_atom)>,
    /// The pipeline was started again without this one: what it holds goes to that archiver.
    handles<void(retire_atom, caf::actor)>, handles<inspection(inspect_atom)>>;

/// Tells readers of events.
using event_feed_actor = caf::typed_actor<
    /// Takes over a reader's request; answers it when there is something to tell or its wait ends.
    handles<void(event_job_ptr)>,
    /// INTERNAL: something was committed.
    handles<void(wake_atom)>,
    /// INTERNAL: look for commits of other nodes, and for waits that are over.
    handles<void(tick_atom)>,
    /// INTERNAL: the pause between two readings is over.
    handles<void(flush_atom)>, handles<inspection(inspect_atom)>>;

/// Sends events to the endpoints that this node owns.
using endpoint_desk_actor = caf::typed_actor<
    /// Endpoints have changed.
    handles<void(changes_atom)>,
    /// INTERNAL: a page of events for an endpoint.
    handles<void(endpoint_page_ptr)>,
    /// INTERNAL: an endpoint's answer to a call: the endpoint, the turn, the call.
    handles<void(transferred_atom, persistence::endpoint_id, std::int64_t, std::uint64_t,
                 transfer_result)>,
    /// INTERNAL: look for changes, save, and see whose pause is over.
    handles<void(tick_atom)>,
    /// Saves all; answers how much is under way.
    handles<std::int64_t(drain_atom)>, handles<inspection(inspect_atom)>>;

/// Has what is old enough emptied and deleted.
using retention_keeper_actor = caf::typed_actor<
    /// INTERNAL: the next step.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// Knows the keys of the API.
using key_keeper_actor = caf::typed_actor<
    /// INTERNAL: look for changes that other nodes made.
    handles<void(tick_atom)>,
    /// A key was made or revoked; answers whether this process knows by now.
    handles<bool(changes_atom)>,
    /// INTERNAL: have it taken down when keys were used.
    handles<void(flush_atom)>, handles<inspection(inspect_atom)>>;

/// One provider's deliveries.
using sender_actor = caf::typed_actor<
    /// Takes over deliveries whose rows are pending and ours, and whose room was taken from its
    /// window.
    handles<void(deliver_atom, delivery_list)>,
    /// INTERNAL: the transfer engine's answer for a transaction.
    handles<void(transferred_atom, persistence::transaction_id, transfer_result)>,
    /// The ledger has the outcomes of what was handed over to scheduler or archiver: their room is
    /// free again.
    handles<void(recorded_atom, std::vector<persistence::transaction_id>)>,
    /// Its provider's settings changed, or it has gone; what is in flight ends as it began.
    handles<void(configure_atom, provider_ptr)>,
    /// INTERNAL: start what may start now.
    handles<void(pump_atom)>,
    /// INTERNAL: the circuit may have become half-open, a pause may be over.
    handles<void(tick_atom)>,
    /// The provider took the answer to the challenge with this token.
    handles<void(solved_atom, std::string)>,
    /// The pipeline was started again without this one: outcomes of what is in flight go to that
    /// archiver.
    handles<void(retire_atom, caf::actor)>,
    /// Start nothing more; what is in flight ends. Answers how much is in flight.
    handles<std::int64_t(drain_atom)>, handles<provider_info(list_atom)>,
    handles<inspection(inspect_atom)>>;

/// Decides what failures mean, and takes up the retries that are due.
using retry_scheduler_actor = caf::typed_actor<
    /// Takes over an attempt that failed.
    handles<void(ended_attempt)>,
    /// Retries may be due: look for them.
    handles<void(wake_atom)>,
    /// INTERNAL: a failure could not be ranked, try again; the number is the attempt's.
    handles<void(route_atom, std::uint64_t)>,
    /// INTERNAL: look for retries that are due.
    handles<void(tick_atom)>,
    /// Claims nothing more.
    handles<void(drain_atom)>,
    /// The pipeline was started again without this one: what it holds goes to that archiver.
    handles<void(retire_atom, caf::actor)>, handles<inspection(inspect_atom)>>;

/// Brings the rows that wait free in the ledger to the senders.
using dispatcher_actor = caf::typed_actor<
    /// A provider's rows, credit or health changed. The message has no reason in it: the dispatcher
    /// computes from the state what is to be done.
    handles<void(wake_atom, persistence::provider_id)>,
    /// The same of any provider: look into all lanes.
    handles<void(wake_atom)>,
    /// INTERNAL: the time has come that the provider's lanes waited for.
    handles<void(tick_atom, persistence::provider_id)>,
    /// INTERNAL: look into all lanes.
    handles<void(tick_atom)>,
    /// Claims nothing more.
    handles<void(drain_atom)>, handles<inspection(inspect_atom)>>;

/// Failures that a person wants tried again.
using retry_desk_actor = caf::typed_actor<
    /// Takes over the wish; answers it when all of it is stored.
    handles<void(retry_job_ptr)>, handles<inspection(inspect_atom)>>;

/// Takes what providers say later about deliveries that they accepted.
using receipt_collector_actor = caf::typed_actor<
    /// Takes over a provider's call; answers it when its receipts are stored or refused.
    handles<void(receipt_job_ptr)>,
    /// An attempt ended as unknown: a receipt may tell.
    handles<void(unknown_attempt)>,
    /// A provider of test mode says something.
    handles<void(simulated_receipt)>,
    /// INTERNAL: a piece of a provider's event stream; the number is the stream's.
    handles<void(event_atom, std::uint64_t, std::string)>,
    /// INTERNAL: that stream ended.
    handles<void(ended_atom, std::uint64_t, transfer_result)>,
    /// The directory is another one.
    handles<void(configure_atom)>,
    /// INTERNAL: listen to that provider's events.
    handles<void(listen_atom, persistence::provider_id)>,
    /// INTERNAL: try again those that found no transaction yet.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// This process's node: its lease, and the rows of dead nodes.
using node_keeper_actor = caf::typed_actor<
    /// INTERNAL: register, renew, look for dead nodes.
    handles<void(tick_atom)>,
    /// INTERNAL: look for dead nodes only.
    handles<void(nodes_atom)>,
    /// INTERNAL: look for rows that dead nodes own.
    handles<void(owners_atom)>,
    /// Gives the lease back; answers when that is committed or was given up.
    handles<bool(leave_atom)>, handles<inspection(inspect_atom)>>;

/// Looks at all senders, and tells people of what goes down and comes back.
using provider_watcher_actor = caf::typed_actor<
    /// INTERNAL: the next look.
    handles<void(tick_atom)>>;

/// Asks all of the above what they hold.
using inspector_actor = caf::typed_actor<
    /// A section, or all of them when the name is empty.
    handles<inspection(inspect_atom, std::string)>,
    /// INTERNAL: that report goes as it is.
    handles<void(tick_atom, std::uint64_t)>>;

}  // namespace postrider::actors
