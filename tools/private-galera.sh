#!/usr/bin/env bash
# Three MariaDB servers that form one Galera cluster, for tests: see tools/private-mariadb.sh. Each
# has a socket for clients; between themselves they speak on loopback, on free ports.
#   tools/private-galera.sh start DIR     makes it anew unless it runs. Writes the servers' URLs to
#                                         DIR/url, DIR/url2 and DIR/url3; the first is also the one
#                                         for tests of one server (POSTRIDER_TEST_MYSQL_DIR)
#   tools/private-galera.sh stop DIR      stops them, by their process ids
#   tools/private-galera.sh remove DIR    stops them and deletes DIR
set -euo pipefail
usage() { sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; }
case "${1:-}" in
  -h|--help) usage; exit 0 ;;
  start|stop|remove) [ -n "${2:-}" ] || { usage >&2; exit 2; } ;;
  *) usage >&2; exit 2 ;;
esac
# Another server that is to be used is no cluster of ours.
unset POSTRIDER_TEST_MYSQL
tools=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
dir=$(cd "$2" && pwd)
fail() { echo "private-galera: $*" >&2; exit 1; }
one() { "$tools/private-mariadb.sh" "$1" "$dir/$2" "${@:3}" >/dev/null; }

# The last one first: the one that is left alone knows that the others went in good order.
stop() {
  local n
  for n in 3 2 1; do [ ! -e "$dir/$n/pid" ] || one stop "$n"; done
}

provider() {
  local path
  for path in /usr/lib/galera/libgalera_smm.so /usr/lib/libgalera_smm.so; do
    [ ! -e "$path" ] || { echo "$path"; return; }
  done
  fail "Galera is missing: run tools/setup.sh --tests"
}

# Ports PORT and PORT + 1, below the range of outgoing connections, with nothing behind them.
free_ports() {
  local port lowest
  read -r lowest _ </proc/sys/net/ipv4/ip_local_port_range
  while :; do
    port=$((10000 + RANDOM % (lowest - 10002)))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
    (exec 3<>"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null && continue
    echo "$port"
    return
  done
}

all_synced() {
  local n
  for n in 1 2 3; do
    [ -e "$dir/$n/url" ] || return 1
    mariadb --no-defaults -uroot --socket="$(sed 's/.*socket=//' "$dir/$n/url")" -NBe \
      "SHOW STATUS LIKE 'wsrep_%'" 2>/dev/null | tr '\t' ' ' >"$dir/status" || return 1
    grep -qx 'wsrep_cluster_size 3' "$dir/status" || return 1
    grep -qx 'wsrep_local_state_comment Synced' "$dir/status" || return 1
  done
}

start() {
  local n lib ports=() cluster
  lib=$(provider)
  for n in 1 2 3; do ports[n]=$(free_ports); done
  cluster="gcomm://127.0.0.1:${ports[1]},127.0.0.1:${ports[2]},127.0.0.1:${ports[3]}"
  rm -rf "$dir/1" "$dir/2" "$dir/3" "$dir/bin"
  # The server looks for the script of its --wsrep-sst-method on the path. Here all have the same
  # data, so a server that joins is sent no copy, only what was written since (IST).
  mkdir -p "$dir/bin"
  cat >"$dir/bin/wsrep_sst_tail" <<'SCRIPT'
#!/bin/sh
cd "$(dirname "$0")" || exit 1
position=$(sed -n 's/^uuid: *//p' grastate.dat):$(sed -n 's/^seqno: *//p' grastate.dat)
case "$*" in
  *joiner*)
    rm -f sent
    echo "ready 127.0.0.1/tail"
    until [ -e sent ]; do sleep 0.05; done
    echo "$position" ;;
  *)
    echo "done $position"
    touch sent ;;
esac
SCRIPT
  chmod +x "$dir/bin/wsrep_sst_tail"
  export PATH="$dir/bin:$PATH"
  local options=(--wsrep-on=ON --wsrep-provider="$lib" --binlog-format=ROW
    --innodb-autoinc-lock-mode=2 --innodb-buffer-pool-size=48M --innodb-log-file-size=16M
    --wsrep-cluster-name=postrider-tests --wsrep-cluster-address="$cluster"
    --wsrep-node-address=127.0.0.1 --wsrep-sst-method=tail --wsrep-slave-threads=1)
  join() {
    local of_one="gmcast.listen_addr=tcp://127.0.0.1:${ports[$1]};gcache.size=16M"
    of_one+=";ist.recv_addr=127.0.0.1:$((ports[$1] + 1))"
    one start "$1" "${options[@]}" --wsrep-node-name="server$1" \
      --wsrep-provider-options="$of_one" "${@:2}" || fail "server $1 does not start"
    cp "$dir/$1/url" "$dir/url$([ "$1" = 1 ] || echo "$1")"
  }
  # The first start notes in the data which cluster it is of.
  join 1 --wsrep-new-cluster
  one stop 1
  sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$dir/1/data/grastate.dat"
  cp "$dir/1/data/grastate.dat" "$dir/bin"
  for n in 2 3; do
    mkdir "$dir/$n"
    cp -R "$dir/1/data" "$dir/$n/data"
    rm -f "$dir/$n/data/gvwstate.dat" "$dir/$n/data/galera.cache"
  done
  join 1 --wsrep-new-cluster
  join 2
  join 3
  local until=$((SECONDS + 60))
  until all_synced; do
    [ "$SECONDS" -lt "$until" ] || fail "the servers do not come together, see $dir/*/log"
    sleep 0.1
  done
}

case "$1" in
  start) all_synced || { stop; start; } ;;
  stop) stop ;;
  remove) stop; rm -rf "$dir" ;;
esac
