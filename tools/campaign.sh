#!/usr/bin/env bash
# Harms servers under load, again and again, and gives account of every message. With the release
# flags.
#   tools/campaign.sh KIND [ROUNDS] [SEED]    20 rounds and a random seed unless told otherwise
#   tools/campaign.sh sendmail-away [--minutes MINUTES] [SEED]
# KIND is one of
#   kills-sqlite   kill -9 of the server, which starts again at once
#   kills-mariadb  the same on a private MariaDB
#   mail-sqlite    kill -9 of the server while clients send mails, each until it is taken
#   frozen         two nodes on MariaDB, one of which is frozen for 2 s less to 4 s more than its
#                  lease
#   cuts           two nodes on MariaDB, one of which loses its network for 2 to 20 s, without RST
#   galera         the ledger on three MariaDB servers of one cluster: a node's writers are at work
#                  on one when it is taken over on another; any of them may lag behind
#   power          power cuts under SQLite: ext4 is shut down, the server killed, the disk mounted
#                  again. Only for root
#   sources        every type of source repeats its requests while the database is away for 30 s, on
#                  SQLite and on a private MariaDB
#   events         two nodes on a private MariaDB, one of which is killed each round, under 3,000
#                  messages a second; two readers of the feed are compared with the rows
#   endpoints      the same with three endpoints, whose receiver is killed too, under 1,000 messages
#                  a second; what they got is compared with the feed
#   sendmail-away  the server is away for an hour, or MINUTES, and killed before and after, while
#                  programs call sendmail; callers and senders of the spool are killed too. Says how
#                  many mails were lost, came twice or were overtaken
#   all            all of them but sendmail-away, one after the other
# Prints for each kind what was acknowledged, lost, sent twice, sent twice without being marked, and
# stuck, and the longest time without a 202. Exit code 1 when anything was lost, unmarked or stuck.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; }
case "${1:-}" in
  -h|--help) usage; exit 0 ;;
  kills-sqlite|kills-mariadb|mail-sqlite|frozen|cuts|galera|power|sources|events|endpoints|\
  sendmail-away|all)
    kind=$1 ;;
  *) usage >&2; exit 2 ;;
esac
minutes=60
if [ "$kind" = sendmail-away ] && [ "${2:-}" = --minutes ]; then
  minutes=${3:?--minutes needs a number}
  set -- "$kind" 1 "${4:-$RANDOM}"
elif [ "$kind" = sendmail-away ]; then
  set -- "$kind" 1 "${2:-$RANDOM}"
fi
rounds=${2:-20}
seed=${3:-$RANDOM}
folder=${POSTRIDER_CAMPAIGN_BUILD:-build/campaign}
log=build/logs/campaign.log

targets=(postrider provider-sim)
case "$kind" in
  galera) targets=(galera_test) ;;
  events|endpoints) targets+=(bench) ;;
  all) targets+=(galera_test bench) ;;
esac

mkdir -p build/logs
if [ -z "${POSTRIDER_CAMPAIGN_BUILD:-}" ] &&
   ! { cmake --preset release -B "$folder" &&
       cmake --build "$folder" --target "${targets[@]}" -j "$(nproc)"; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "campaign: it cannot be built, the whole output is in $log" >&2
  exit 1
fi
export POSTRIDER="$folder/bin/postrider" PROVIDER_SIM="$folder/bin/provider-sim"
POSTRIDER="$PWD/${POSTRIDER#"$PWD"/}" PROVIDER_SIM="$PWD/${PROVIDER_SIM#"$PWD"/}"

# The servers of the cluster are its own; what the test finds wrong it prints itself.
galera() {
  local dir status=0
  dir=$(mktemp -d)
  tools/private-galera.sh start "$dir"
  POSTRIDER_TEST_DATABASE=mysql POSTRIDER_TEST_MYSQL_DIR="$dir" POSTRIDER_GALERA_ROUNDS="$rounds" \
    POSTRIDER_GALERA_SEED="$seed" "$folder/bin/galera_test" || status=1
  tools/private-galera.sh remove "$dir"
  [ "$status" = 0 ] && echo "galera, $rounds rounds, seed $seed: nothing lost" \
    || echo "galera, $rounds rounds, seed $seed: FAILED"
  return "$status"
}

# Each round tells itself what is wrong; there is nothing random in it.
sources() {
  local dir database round status=0
  dir=$(mktemp -d)
  tools/private-mariadb.sh start "$dir/mariadb" >/dev/null
  for database in sqlite mysql; do
    for ((round = 1; round <= rounds && status == 0; ++round)); do
      POSTRIDER_TEST_DATABASE=$database POSTRIDER_TEST_MYSQL_DIR="$dir/mariadb" \
        POSTRIDER_SCENARIO_DIR="$dir" POSTRIDER_SOURCES_OUTAGE=30 \
        python3 tests/scenario/source_types.py Away || status=1
    done
  done
  tools/private-mariadb.sh remove "$dir/mariadb"
  rm -rf "$dir"
  [ "$status" = 0 ] && echo "sources, $rounds rounds of each: nothing lost, nothing twice" \
    || echo "sources: FAILED"
  return "$status"
}

# feed FILE TEST RATE: one of two nodes on a MariaDB is killed each round. The test itself says what
# it found.
feed() {
  local dir status=0
  dir=$(mktemp -d)
  tools/private-mariadb.sh start "$dir/mariadb" >/dev/null
  BENCH="$PWD/$folder/bin/bench" POSTRIDER_TEST_DATABASE=mysql \
    POSTRIDER_TEST_MYSQL_DIR="$dir/mariadb" POSTRIDER_SCENARIO_DIR="$dir" POSTRIDER_RATE="$3" \
    POSTRIDER_CYCLES="$rounds" POSTRIDER_SEED="$seed" \
    python3 "tests/scenario/$1.py" "Campaign.$2" || status=1
  tools/private-mariadb.sh remove "$dir/mariadb"
  rm -rf "$dir"
  return "$status"
}
events() { feed events test_readers_of_two_nodes_miss_nothing 3000; }
endpoints() { feed endpoints test_two_nodes_share_the_endpoints 1000; }

# On SQLite; the test itself says what it found.
sendmail_away() {
  local dir status=0
  dir=$(mktemp -d)
  POSTRIDER_SCENARIO_DIR="$dir" POSTRIDER_AWAY_SECONDS=$((minutes * 60)) \
    POSTRIDER_AWAY_SEED="$seed" python3 tests/scenario/sendmail_away.py || status=1
  rm -rf "$dir"
  return "$status"
}

status=0
case "$kind" in
  galera|sources|events|endpoints|sendmail-away) ;;
  *) python3 tests/scenario/campaign.py "$kind" --rounds "$rounds" --seed "$seed" || status=$? ;;
esac
case "$kind" in galera|all) galera || status=1 ;; esac
case "$kind" in sources|all) sources || status=1 ;; esac
case "$kind" in events|all) events || status=1 ;; esac
case "$kind" in endpoints|all) endpoints || status=1 ;; esac
case "$kind" in sendmail-away) sendmail_away || status=1 ;; esac
exit "$status"
