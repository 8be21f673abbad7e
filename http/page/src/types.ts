/** Answers of the server, as http/openapi/openapi.yaml describes them. */

export type Scope = "send" | "read" | "metrics" | "ingest" | "admin";

/** The person who looks, by the key that they signed in with. */
export interface Session {
  /** Null where the server needs no key. */
  name: string | null;
  scopes: Scope[];
  /** The users that the key acts for; empty for all. */
  users: number[];
  test: boolean;
  version: string;
}

/** A change, and who made it. */
export interface AuditEntry {
  id: number;
  at: string;
  who: string;
  action: string;
  target: string | null;
  detail: Record<string, unknown> | null;
  client: string | null;
  status: number;
}

export interface Attempt {
  began_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  outcome: string;
  answer: string | null;
}

export interface Attempts {
  provider: string;
  provider_type: string;
  count: number;
  first: Attempt | null;
  last: Attempt;
}

export interface WaitsFor {
  reason:
    | "scheduled"
    | "turn"
    | "provider_down"
    | "provider_off"
    | "throttled"
    | "next_round"
    | "retry";
  provider: string | null;
  since: string;
  until: string | null;
  next_at: string | null;
  attempts: number;
}

export interface Transaction {
  id: number;
  message_id: string;
  user_id: number;
  recipient: string;
  provider: string;
  provider_type: string;
  status: "pending" | "processing" | "success" | "failed";
  final: boolean;
  retry_count: number;
  retries_used: number;
  max_retries: number;
  priority: string;
  error_code: string | null;
  error_message: string | null;
  provider_ref: string | null;
  receipt: "undelivered" | "delivered" | "read" | null;
  receipt_at: string | null;
  possible_duplicate: boolean;
  test: boolean;
  due_at: string | null;
  next_retry_at: string | null;
  expires_at: string | null;
  superseded_by: number | null;
  settlement: { outcome: string; at: string; by: string | null } | null;
  waits_for: WaitsFor | null;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
  attempts: Attempts[];
}

export interface Recipient {
  recipient: string;
  status: string;
  outcome: string | null;
  transactions: Transaction[];
}

export interface Message {
  message_id: string;
  user_id: number;
  status: string;
  message: string;
  subject: string | null;
  html: string | null;
  type: string | null;
  fallback: boolean;
  metadata: Record<string, string> | null;
  reference?: string | null;
  body_removed_at: string | null;
  test: boolean;
  created_at: string;
  send_at: string | null;
  expires_at: string | null;
  priority: string;
  on_unknown: string | null;
  max_retries: number;
  outcomes: Record<string, number>;
  recipients: Recipient[];
}

/** A recipient of a line of the list, by its last transaction. */
export interface RecipientLine {
  recipient: string;
  status: string;
  outcome: string | null;
  provider: string | null;
  error_code: string | null;
}

/** A message of the list, with its first ten recipients. */
export interface MessageLine {
  message_id: string;
  user_id: number;
  status: string;
  reference: string | null;
  created_at: string;
  send_at: string | null;
  outcomes: Record<string, number>;
  recipient_count: number;
  recipients: RecipientLine[];
}

/** Messages of a day by status and outcome. */
export interface Counts {
  by_status: Record<string, number>;
  by_outcome: Record<string, number>;
  messages: number;
  since: string;
  /** False if only the newest messages were looked at. */
  complete: boolean;
}

/** Failures of a day with one provider and reason. */
export interface FailureGroup {
  provider: string | null;
  error_code: string;
  count: number;
  /** There may be more than were looked at. */
  at_least: boolean;
  last_at: string;
  last: { message_id: string; error_message: string | null };
}

export interface Candidate {
  provider: string;
  provider_type: string;
  rank: number | null;
  address: string | null;
  reason: string;
}

export interface Explanation {
  recipients: {
    recipient: string | null;
    candidates: Candidate[];
    candidates_left_out?: number;
    plan: { after: number; provider: string }[];
    repeat?: { after: number; at_most: number; until: string };
  }[];
}

export interface Provider {
  name: string;
  type: string;
  priority: number;
  active: boolean;
  circuit: {
    state: "closed" | "open" | "half_open";
    reason: string | null;
    since: string | null;
    open_until: string | null;
    held: boolean;
  };
  health: {
    outcomes: Record<string, number>;
    consecutive_failures: number;
    latency_p50_ms: number;
    latency_p99_ms: number;
    last_error: string | null;
  };
  challenge: { token: string; since: string } | null;
  paused_until: string | null;
  limits: { max_in_flight: number };
  in_flight: number;
  queued: number;
}

export interface ProviderTest {
  provider: string;
  address: string;
  outcome: string;
  detail: string | null;
  provider_ref: string | null;
  took_ms: number;
}

export interface UserProvider {
  provider: string;
  priority: number;
  active: boolean;
  address: string;
  fallback_on_undelivered: boolean;
}

export interface Key {
  id: number;
  name: string;
  prefix: string;
  scopes: Scope[];
  users: number[];
  sources: string[];
  test: boolean;
  rate_per_minute: number;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface Source {
  name: string;
  type: string;
  path: string;
  host: string | null;
  requests: Record<string, number>;
  messages: number;
  last_request_at: string | null;
}

export interface SourceRequest {
  at: string;
  request_id: string;
  method: string;
  target: string;
  content_type: string;
  user_agent: string;
  bytes: number;
  body: string;
  status: number;
  result: string;
  detail: string;
  messages: string[];
}

/** A URL that events are sent to. */
export interface Endpoint {
  id: number;
  url: string;
  description: string;
  /** Empty for all. */
  types: string[];
  user_ids: number[];
  allow_private: boolean;
  state: "active" | "failing" | "disabled";
  /** Null while a person has it disabled. */
  disabled_reason: string | null;
  created_at: string;
  last_success_at: string | null;
  last_failure_at: string | null;
  failing_since: string | null;
  paused_until: string | null;
  last_error: string | null;
  old_secret_until: string | null;
  /** Only in the answer that made it. */
  secret?: string;
}

/** A call of an endpoint, one of the last. */
export interface RecentDelivery {
  event_id: string;
  type: string;
  at: string;
  duration_ms: number;
  delivered: boolean;
  error: string | null;
}

/** An event that failed alone while others went on. */
export interface EndpointDelivery {
  id: number;
  event_id: string;
  type: string;
  message_id: string | null;
  state: "waiting" | "undelivered" | "delivered";
  attempts: number;
  next_attempt_at: string | null;
  last_error: string | null;
  created_at: string;
}

export interface Deliveries {
  recent: RecentDelivery[];
  data: EndpointDelivery[];
  next_before: number | null;
}

export interface EndpointTest {
  delivered: boolean;
  error: string | null;
  duration_ms: number;
}

/** What this server counted in the last hour, oldest first; each number since the one before. */
export interface History {
  step_seconds: number;
  /** Seconds since 1970. */
  at: number[];
  accepted: number[];
  delivered: number[];
  failed: number[];
  oldest_waiting_ms: number[];
}

/** Parts of /admin/inspect. */
export interface NodeState {
  node: {
    id: number;
    host: string;
    pid: number;
    lease_ms: number;
    lease_left_ms: number;
    renewals: number;
    nodes_taken_over: number;
    rows_taken_over: number;
    last_error: string;
  };
  build: { version: string; uptime_ms: number };
  http: {
    connections: number;
    in_flight: number;
    gateway_timeouts: number;
    wrong_keys_held_back: number;
  };
}

export interface Readiness {
  status: "ready" | "not_ready";
  reasons: string[];
  warnings: string[];
}

export interface RetryReport {
  selected: number;
  retried: number;
  skipped: { id: number; reason: string }[];
  has_more: boolean;
  next_cursor: string | null;
  waiting: { provider: string; count: number; until: string | null }[];
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
  next_cursor: string | null;
}

/** A line of the feed. */
export interface Event {
  id: string;
  type: string;
  timestamp: string;
  data: {
    message_id?: string;
    recipient?: string;
    provider?: string | null;
    endpoint_id?: number;
    url?: string;
    node?: number;
  };
}
