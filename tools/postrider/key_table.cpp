#include "tools/postrider/key_builders.hpp"

namespace postrider::cli {

namespace {

using actors::delivery_settings;
using actors::history_settings;
using actors::http_proxy;
using actors::limit_settings;
using actors::messaging_settings;
using actors::node_settings;
using http::http_settings;
using persistence::database_settings;
using settings = server_settings;

constexpr auto messaging_part = &delivery_settings::messaging;
constexpr auto limits_part = &delivery_settings::limits;
constexpr auto node_part = &delivery_settings::node;
constexpr auto history_part = &delivery_settings::history;

void store_readers(settings& to, const value& found) {
  assign(to.delivery.ledger_readers, found);
  assign(to.database.readers, found);
}

void store_statement_timeout(settings& to, const value& found) {
  assign(to.delivery.accept_patience, found);
  assign(to.database.statement_timeout, found);
}

using keys = std::vector<section_key>;

keys messaging_keys() {
  using m = messaging_settings;
  constexpr auto d = &settings::delivery;
  constexpr auto part = messaging_part;
  return {
      {"messaging",
       whole("max_retries", "3", 0, 20,
             "How often a message is sent again after an attempt that may have arrived. Fallback "
             "and waiting for a provider use no retry."),
       into<d, part, &m::max_retries>},
      {"messaging",
       bounded(kind::minutes, "retry_delay", "3m", 0, 30 * day,
               "The delay before a retry, and before the second round when no provider took a "
               "message. Each further round waits twice as long."),
       into<d, part, &m::retry_delay>},
      {"messaging",
       span("retry_delay_max", "1h", 1 * second, 30 * day,
            "The longest delay between two rounds. A longer retry_delay is not cut."),
       into<d, part, &m::retry_delay_max>},
      {"messaging",
       span("give_up_after", "24h", 0, 30 * day,
            "The time for which a message that no provider takes is retried, from its due time on. "
            "Then it fails with its last error. 0s: each attempt that was not sent uses a retry."),
       into<d, part, &m::give_up_after>},
      {"messaging",
       bounded(kind::number, "retry_backoff", "1.0", 1, 100,
               "The factor of a retry's delay for every further round. More than 2 is also the "
               "factor of the delay between two rounds."),
       into<d, part, &m::retry_backoff>},
      {"messaging",
       bounded(kind::number, "retry_jitter", "0.2", 0, 1,
               "Each delay is varied at random by up to this fraction, so that retries do not come "
               "all at once."),
       into<d, part, &m::retry_jitter>},
      {"messaging",
       span("failover_delay", "0s", 0, day, "The pause before falling back to the next provider."),
       into<d, part, &m::failover_delay>},
      {"messaging",
       whole("worker_count", "10", 1, 10'000, "The default of a provider's max_in_flight."),
       into<d, part, &m::worker_count>},
      {"messaging",
       needed_text("default_provider_type", "signal",
                   "The provider type that is tried first for users without a list of their own."),
       into<d, part, &m::default_provider_type>},
  };
}

keys http_keys() {
  using h = http_settings;
  constexpr auto part = &settings::http;
  return {
      {"http",
       needed_text("listen", "127.0.0.1:8080",
                   "Address and port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"; port 0 takes a "
                   "free one."),
       into<part, &h::listen>},
      {"http",
       needed_text("local_socket", "auto",
                   "A Unix socket for its owner and group, who need no key. \"auto\": "
                   "/run/postrider/postrider.sock of a service, else FILE.sock beside the SQLite "
                   "file. \"none\": no socket."),
       into<&settings::local_socket>},
      {"http",
       plain(kind::text, "tls_certificate", "",
             "A PEM file with the server's certificate and the intermediate certificates. Empty: "
             "plain HTTP. SIGHUP reads it again."),
       into<part, &h::tls_certificate>},
      {"http", plain(kind::text, "tls_key", "", "The PEM file with the key of the certificate."),
       into<part, &h::tls_key>},
      {"http", whole("threads", "1", 1, 256, "Threads that serve connections."),
       into<part, &h::threads>},
      {"http",
       bounded(kind::size, "max_header", "8KiB", kib, mib,
               "The longest request line with all headers."),
       into<part, &h::max_header_bytes>},
      {"http", bounded(kind::size, "max_body", "1MiB", kib, 64 * mib, "The longest request body."),
       into<part, &h::max_body_bytes>},
      {"http", whole("max_connections", "10000", 1, 1'000'000, "Connections open at one time."),
       into<part, &h::max_connections>},
      {"http",
       whole("max_connections_per_address", "1000", 1, 1'000'000,
             "Connections open at one time from one client address, with IPv6 from one /64. A "
             "proxy is one address, and so is each user of the local socket."),
       into<part, &h::max_connections_per_address>},
      {"http",
       span("header_timeout", "10s", 100, hour,
            "The time for a client to send the headers of a request."),
       into<part, &h::header_timeout>},
      {"http",
       span("body_timeout", "30s", 100, hour,
            "The time for a client to send the body of a request."),
       into<part, &h::body_timeout>},
      {"http",
       span("idle_timeout", "1m", 100, day,
            "The time after which a connection without a request is closed."),
       into<part, &h::idle_timeout>},
      {"http",
       span("request_timeout", "35s", 100, hour,
            "The time from the last byte of a request to the first byte of its answer. Then the "
            "answer is 503."),
       into<part, &h::request_timeout>},
      {"http", span("write_timeout", "30s", 100, hour, "The time for a client to read an answer."),
       into<part, &h::write_timeout>},
  };
}

keys database_keys() {
  using b = database_settings;
  constexpr auto part = &settings::database;
  return {
      {"database",
       needed_text("url", "sqlite:postrider.db",
                   "\"sqlite:FILE\", \"mysql://user@host:3306/name\" or "
                   "\"mysql://user@localhost/name?socket=/path\"."),
       into<part, &b::url>},
      {"database",
       plain(kind::secret, "password", "", "The password of the MySQL or MariaDB user."),
       into<part, &b::password>},
      {"database",
       whole("writers", "1", 1, 64,
             "Connections that write; SQLite has one writer. 4 or more for a "
             "database on another machine."),
       into<&settings::delivery, &delivery_settings::ledger_writers>},
      {"database", whole("readers", "2", 1, 64, "Connections that answer queries."), store_readers},
      {"database",
       span("connect_timeout", "3s", 100, 10 * minute,
            "The timeout of a connection attempt to the database server."),
       into<part, &b::connect_timeout>},
      {"database",
       span("statement_timeout", "10s", 100, 10 * minute,
            "The timeout of a statement, and of its wait for a lock. A new message whose commit "
            "has not begun after this time is refused."),
       store_statement_timeout},
  };
}

keys history_keys() {
  using h = history_settings;
  constexpr auto d = &settings::delivery;
  return {
      {"history",
       span("keep", "90d", 0, 36'500 * day,
            "The time for which a message and its transactions are kept after its last delivery "
            "ended. 0 keeps them for ever."),
       into<d, history_part, &h::keep>},
      {"history",
       span("keep_bodies", "7d", 0, 36'500 * day,
            "The time for which a message's text, subject, html and metadata, and the providers' "
            "answers are kept after its last delivery ended. 0 keeps them as long as the message."),
       into<d, history_part, &h::keep_bodies>},
      {"history",
       plain(kind::boolean, "events", "true",
             "Events are kept for readers of GET /v1/events and for endpoints, as long as the "
             "bodies. false: nothing is written to the feed."),
       into<&settings::database, &database_settings::record_events>},
  };
}

keys pipeline_keys() {
  using l = limit_settings;
  constexpr auto d = &settings::delivery;
  constexpr auto part = limits_part;
  return {
      {"node",
       span("lease", "4m", 10 * second, day,
            "Another process takes over the transactions of a process that is silent for this "
            "long. lease x 2/3 must be at least the longest provider timeout + 10s."),
       into<d, node_part, &node_settings::lease>},
      {"node", whole("threads", "2", 1, 256, "Threads that run the delivery pipeline."),
       into<d, &delivery_settings::threads>},
      {"limits",
       whole("accepts_in_flight", "10000", 1, 1'000'000,
             "Messages that are being accepted at one time. Beyond it clients get 503."),
       into<d, part, &l::accepts_in_flight>},
      {"limits",
       whole("sender_window", "2000", 1, 1'000'000,
             "Transactions that the sender of one provider holds in memory. The others wait in the "
             "database."),
       into<d, part, &l::sender_window>},
      {"limits",
       whole("batch", "1000", 1, 100'000,
             "Changes that are committed together in one database transaction."),
       into<d, part, &l::batch>},
      {"limits",
       whole("cached_users", "100000", 1, 10'000'000,
             "Users whose provider lists are kept in memory."),
       into<d, part, &l::cached_users>},
  };
}

keys proxy_keys() {
  constexpr auto d = &settings::delivery;
  constexpr auto part = &delivery_settings::proxy;
  return {
      {"http_proxy",
       plain(kind::text, "url", "",
             "The URL of the proxy, http or https, such as \"http://proxy.example.org:3128\". "
             "Empty: providers are called directly, even if the environment has http_proxy."),
       into<d, part, &http_proxy::url>},
      {"http_proxy",
       plain(kind::text, "username", "", "The user name, if the proxy asks for one (Basic)."),
       into<d, part, &http_proxy::username>},
      {"http_proxy", plain(kind::secret, "password", "", "The password of that user."),
       into<d, part, &http_proxy::password>},
      {"http_proxy",
       plain(kind::text, "no_proxy", called_directly,
             "Hosts that are called directly, separated by spaces or commas. A name includes its "
             "subdomains. An address, or a network such as 10.0.0.0/8, matches hosts that are "
             "named by their address. * matches all."),
       into<d, part, &http_proxy::no_proxy>},
  };
}

keys other_keys() {
  using r = actors::receipt_settings;
  constexpr auto d = &settings::delivery;
  constexpr auto receipts = &delivery_settings::receipts;
  return {
      {"receipts",
       plain(kind::text, "public_url", "",
             "The URL under which providers reach this server with their receipts, such as "
             "\"https://postrider.example.org\". Empty: they are not asked for receipts."),
       into<d, receipts, &r::public_url>},
      {"receipts",
       plain(kind::secret, "secret", "",
             "At least 16 characters that make the URLs of receipts unguessable, the same on every "
             "node. Required with public_url."),
       into<d, receipts, &r::secret>},
      {"auth",
       plain(kind::boolean, "required", "false",
             "true: every request needs an API key (see \"postrider keys\"). false: the server "
             "listens on loopback only."),
       into<&settings::http, &http_settings::keys_required>},
      {"log",
       one_of("level", "info", "debug info warning error", "The lowest level that is logged."),
       into<&settings::log, &log_settings::level>},
      {"log",
       one_of("format", "text", "text json",
              "\"text\": lines for people. \"json\": one JSON object a line."),
       into<&settings::log, &log_settings::format>},
      {"log",
       one_of("recipients", "masked", "masked full",
              "Whether log lines show recipients in full or masked (+***67)."),
       into<&settings::log, &log_settings::recipients>},
  };
}

}  // namespace

std::span<const section_info> sections() {
  static constexpr section_info all[] = {
      {"messaging", "When and how often a delivery is retried."},
      {"http", "The HTTP server and its limits."},
      {"smtp",
       "The SMTP server, a way in for mail. Without an address to listen on there is none."},
      {"database", "The database of the messages and transactions."},
      {"history", "How long finished messages are kept."},
      {"node", "This process among others on the same database."},
      {"receipts", "Receipts: the reports of providers after they accepted a message."},
      {"http_proxy",
       "The proxy through which providers are called over HTTP. Email is sent directly. SIGHUP "
       "reads "
       "it again."},
      {"limits", "Limits of the memory that the server uses."},
      {"auth", "Access to the API."},
      {"log", "The log on stderr."},
  };
  return all;
}

std::span<const section_key> section_keys() {
  static const keys all = [] {
    keys joined;
    for (auto part : {messaging_keys(), http_keys(), smtp_keys(), database_keys(), history_keys(),
                      pipeline_keys(), proxy_keys(), other_keys()}) {
      std::move(part.begin(), part.end(), std::back_inserter(joined));
    }
    return joined;
  }();
  return all;
}

}  // namespace postrider::cli
