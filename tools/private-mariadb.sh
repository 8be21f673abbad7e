#!/usr/bin/env bash
# A MariaDB of one's own for tests and measurements: its own data in DIR, a socket, no TCP, every
# commit synced to disk. The machine's service is not touched.
#   tools/private-mariadb.sh start DIR    makes or restarts it; writes DIR/url and prints the export
#                                         line
#   tools/private-mariadb.sh stop DIR     stops it, by its process id; the data stays
#   tools/private-mariadb.sh remove DIR   stops it and deletes DIR
# With POSTRIDER_TEST_MYSQL set (another server is to be used) it does nothing.
set -euo pipefail
usage() { sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; }
case "${1:-}" in
  -h|--help) usage; exit 0 ;;
  start|stop|remove) [ -n "${2:-}" ] || { usage >&2; exit 2; } ;;
  *) usage >&2; exit 2 ;;
esac
[ -z "${POSTRIDER_TEST_MYSQL:-}" ] \
  || { echo "private-mariadb: using POSTRIDER_TEST_MYSQL"; exit 0; }

mkdir -p "$2"
dir=$(cd "$2" && pwd)
fail() { echo "private-mariadb: $*" >&2; [ ! -s "$dir/log" ] || tail -n 20 "$dir/log" >&2; exit 1; }

running_pid() {
  local pid
  pid=$(cat "$dir/pid" 2>/dev/null) || return 1
  # The id may have been given to another process since.
  [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null \
    | grep -qF -- "--datadir=$dir/data" && echo "$pid"
}

stop() {
  local pid i
  pid=$(running_pid) || return 0
  kill "$pid"
  for i in $(seq 300); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  fail "process $pid does not end"
}

start() {
  command -v mariadbd >/dev/null || fail "mariadbd is missing: run tools/setup.sh"
  local user=()
  [ "$(id -u)" != 0 ] || user=(--user=root)
  # A socket's path has at most 107 bytes, a build folder's may be longer.
  local socket="$dir/socket"
  [ "${#socket}" -le 100 ] || socket=$(mktemp -u /tmp/postrider-mariadb-XXXXXX)
  if [ ! -d "$dir/data/mysql" ]; then
    mariadb-install-db --no-defaults "${user[@]}" --datadir="$dir/data" \
      --auth-root-authentication-method=normal \
      --skip-test-db >"$dir/log" 2>&1 || fail "mariadb-install-db failed"
  fi
  if ! running_pid >/dev/null; then
    # shellcheck disable=SC2094
    setsid mariadbd --no-defaults "${user[@]}" --datadir="$dir/data" --socket="$socket" \
      --pid-file="$dir/pid" \
      --skip-networking --innodb-buffer-pool-size=128M --innodb-log-file-size=96M \
      --innodb-flush-log-at-trx-commit=1 --character-set-server=utf8mb4 --skip-log-bin \
      "${@:2}" </dev/null >>"$dir/log" 2>&1 &
    echo "mysql://root@localhost/postrider_test?socket=$socket" >"$dir/url"
    local until=$((SECONDS + 120))
    until mariadb-admin --no-defaults -uroot --socket="$socket" ping >/dev/null 2>&1; do
      kill -0 $! 2>/dev/null || fail "mariadbd ended at its start"
      [ "$SECONDS" -lt "$until" ] || fail "mariadbd does not answer after two minutes"
      sleep 0.1
    done
  fi
  echo "export POSTRIDER_TEST_MYSQL='$(cat "$dir/url")'"
}

case "$1" in
  start) start "$dir" "${@:3}" ;;
  stop) stop ;;
  remove) stop; rm -rf "$dir" ;;
esac
