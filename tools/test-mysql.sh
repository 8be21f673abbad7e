#!/usr/bin/env bash
# Runs the ledger's tests on a real MySQL. Debian 12 and 13 have none, so one from Debian's unstable
# distribution is installed into a folder of its own by debootstrap, started there on a loopback
# port, and ended again.
#   tools/test-mysql.sh BUILD-FOLDER     for example build/dev; needs root
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "test-mysql: $*" >&2; exit 1; }
[ $# = 1 ] && [ -d "$1" ] || { sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
build=$1
[ "$(id -u)" = 0 ] || fail "a debootstrap folder needs root"

root=$PWD/build/deps/mysql-root
log=$PWD/build/logs/mysql.log
mkdir -p "$PWD/build/logs" "$(dirname "$root")"
if [ ! -e "$root/.complete" ]; then
  command -v debootstrap >/dev/null \
    || apt-get install -y -qq --no-install-recommends debootstrap >"$log" 2>&1 \
    || fail "debootstrap cannot be installed, see $log"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -v security | head -n 1)
  [ -n "$mirror" ] || fail "apt knows no archive: run apt-get update"
  echo "test-mysql: installing MySQL into $root"
  rm -rf "$root"
  debootstrap --variant=minbase sid "$root" "$mirror" >"$log" 2>&1 \
    || fail "debootstrap failed, see $log"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    mysql-server-core >>"$log" 2>&1 \
    || fail "mysql-server-core cannot be installed, see $log"
  touch "$root/.complete"
fi

chroot "$root" sh -c 'id mysql >/dev/null 2>&1 || useradd --system --no-create-home mysql'
data=/srv/postrider-mysql
rm -rf "$root$data"
chroot "$root" sh -c "mkdir -p $data && chown mysql: $data"
echo "test-mysql: $(chroot "$root" mysqld --version | sed 's/.*Ver/version/')"
chroot "$root" mysqld --no-defaults --user=mysql --initialize-insecure --datadir="$data/data" \
  >>"$log" 2>&1 || fail "mysqld cannot make its data, see $log"
port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
chroot "$root" mysqld --no-defaults --user=mysql --datadir="$data/data" --bind-address=127.0.0.1 \
  --port="$port" --mysqlx=OFF --secure-file-priv=NULL \
  --socket="$data/socket" --pid-file="$data/pid" --character-set-server=utf8mb4 >>"$log" 2>&1 &
stop() {
  [ -s "$root$data/pid" ] && kill "$(cat "$root$data/pid")" 2>/dev/null
  wait || true
}
trap stop EXIT
server=$!
for _ in $(seq 300); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$server" 2>/dev/null || fail "mysqld ended at its start, see $log"
  sleep 0.1
done
POSTRIDER_TEST_MYSQL="mysql://root@127.0.0.1:$port/postrider_test" \
  ctest --test-dir "$build" -R ledger_mariadb --output-on-failure --no-tests=error
