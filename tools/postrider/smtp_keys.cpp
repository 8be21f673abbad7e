#include "tools/postrider/key_builders.hpp"

namespace postrider::cli {

std::vector<section_key> smtp_keys() {
  using s = smtp::smtp_settings;
  constexpr auto part = &server_settings::smtp;
  return {
      {"smtp",
       plain(kind::list, "listen", "",
             "Addresses and ports, such as [\"127.0.0.1:2525\", \"[::1]:2525\"]. With a "
             "certificate clients can begin TLS there (STARTTLS)."),
       into<part, &s::listen>},
      {"smtp",
       plain(kind::list, "tls_listen", "",
             "Addresses and ports where connections begin with TLS, such as [\"0.0.0.0:465\"]."),
       into<part, &s::tls_listen>},
      {"smtp",
       plain(kind::text, "tls_certificate", "",
             "A PEM file with the certificate, as of [http]. Empty: that of [http], if it has one. "
             "SIGHUP reads it again."),
       into<part, &s::tls_certificate>},
      {"smtp", plain(kind::text, "tls_key", "", "The PEM file with the key of the certificate."),
       into<part, &s::tls_key>},
      {"smtp",
       plain(kind::list, "allow", "",
             "Networks whose clients need no API key, such as [\"127.0.0.0/8\", "
             "\"10.1.0.0/16\"]. Where [auth] requires no key, this machine needs none either."),
       into<part, &s::allow>},
      {"smtp",
       plain(kind::text, "local_socket", "",
             "A Unix socket for the users of this machine, who need no key. Empty: there is none."),
       into<part, &s::local_socket>},
      {"smtp",
       one_of(
           "socket_mode", "0666", "0600 0660 0666",
           "The mode of the local socket: who may send by it. 0660: the server's user and group; "
           "0666: every user of this machine."),
       into<part, &s::socket_mode>},
      {"smtp",
       plain(kind::text, "local_source", "",
             "The source of type \"mail\" that gets all mail of the local socket, whatever its "
             "recipients are."),
       into<part, &s::local_source>},
      {"smtp",
       plain(kind::text, "postmaster", "",
             "The source of type \"mail\" that gets mail to postmaster. Empty: such mail is "
             "refused."),
       into<part, &s::postmaster>},
      {"smtp",
       plain(kind::text, "hostname", "",
             "The name that the server gives itself. Empty: the machine's name."),
       into<part, &s::hostname>},
      {"smtp",
       bounded(kind::size, "max_size", "8MiB", 64 * kib, 64 * mib,
               "The largest mail. A source refuses what is larger than its max_body."),
       into<part, &s::max_size>},
      {"smtp",
       bounded(
           kind::size, "max_held", "128MiB", mib, 64 * 1024 * mib,
           "Bytes of all mails that are being received or stored at one time. Beyond it clients "
           "get 452 and send their mail again."),
       into<part, &s::max_held>},
      {"smtp", whole("threads", "1", 1, 64, "Threads that serve connections."),
       into<part, &s::threads>},
      {"smtp", whole("max_connections", "200", 1, 100'000, "Connections open at one time."),
       into<part, &s::max_connections>},
      {"smtp",
       whole("max_connections_per_address", "100", 1, 100'000,
             "Connections open at one time from one client address, with IPv6 from one /64; by the "
             "local socket, of one user of this machine."),
       into<part, &s::max_connections_per_address>},
      {"smtp",
       span("idle_timeout", "5m", 100, day,
            "The time for a client to send its next command, or the next part of a mail."),
       into<part, &s::idle_timeout>},
      {"smtp",
       span("transaction_timeout", "10m", 100, day,
            "The time for a client to send a mail, from MAIL to its last line."),
       into<part, &s::transaction_timeout>},
      {"smtp",
       span("store_timeout", "35s", 100, hour,
            "The time from the last line of a mail to its answer. Then the answer is 451."),
       into<part, &s::store_timeout>},
  };
}

}  // namespace postrider::cli
