#!/usr/bin/env bash
# Measures the release build: how many messages a second Postrider takes and delivers, how fast, and
# at what cost in CPU and memory. Starts a database of its own, provider-sim, postrider and bench on
# free loopback ports, synced to disk as in production, and ends them all.
#   tools/bench.sh                   SQLite, as fast as 32 connections get answers
#   tools/bench.sh --database mariadb --mode open --rate 2000 --duration 60
# Options: --database sqlite|mariadb (sqlite)   --mode closed|open (closed)   --rate N a s (1000)
#          --duration SECONDS (20)              --connections N (32)          --recipients N (10^6)
#          --in-flight N deliveries at a time (128)    --latency MS of the provider (0)
#          --database-delay MS of each round trip to MariaDB (0)    --writers N of the database (1)
#          --history FILE    what was answered to each request    --json    bench's report as JSON
#   tools/bench.sh --compare REV     this tree against another revision: builds that in
#                                    build/compare, runs the two in turns with this tree's bench and
#                                    provider-sim, and prints each pair's ratio and the median;
#                                    above 1 this tree is faster
#          --pairs N (9)    of runs
#   tools/bench.sh --compare limit   the same against a pipeline of Postrider's parts without its
#                                    features (tools/bench/limit)
#   tools/bench.sh --compare events  the feed of events with one reader of its stream, against
#                                    history.events = false
#   tools/bench.sh --compare endpoint, --compare endpoint-failures
#                                    the same with an endpoint that takes all events, or failures
#                                    only, in place of the reader
#   tools/bench.sh --backlog N       how fast N messages go out that are due at the same time;
#                                    also with --compare
#   tools/bench.sh --high --connections 256
#                                    how long messages of high priority wait for their call while
#                                    that many connections post others; with --compare the ratios
#                                    are those of the p99 and of the longest time
#   tools/bench.sh --mail            messages a second by HTTP, by SMTP with PIPELINING and by SMTP
#                                    one command after the other, in turns, and the ratios of both
#                                    to HTTP; needs tools/setup.sh --tests
# Exit: 0 done and all arrived, 1 failed, 2 usage. Works in build/bench, where the logs stay.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "bench.sh: $*" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; }

database=sqlite mode=closed rate=1000 duration=20 connections=32 recipients=1000000
in_flight=128 latency=0 writers=1 database_delay=0
compare='' pairs=9 backlog=0 high=no mail=no
extra=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h|--help) usage; exit 0 ;;
    --json) extra+=(--json); shift; continue ;;
    --high) high=yes; shift; continue ;;
    --mail) mail=yes; shift; continue ;;
    --database|--mode|--rate|--duration|--connections|--recipients|--in-flight|--latency) ;;
    --history|--compare|--pairs|--backlog|--writers|--database-delay) ;;
    *) echo "bench.sh: unknown argument $1 (try --help)" >&2; exit 2 ;;
  esac
  [ $# -ge 2 ] || { echo "bench.sh: $1 needs a value" >&2; exit 2; }
  case "$1" in
    --history) extra+=(--history "$2") ;;
    --in-flight) in_flight=$2 ;;
    --database-delay) database_delay=$2 ;;
    *) declare "${1#--}=$2" ;;
  esac
  shift 2
done
refuse() { echo "bench.sh: $*" >&2; exit 2; }
case "$database" in sqlite|mariadb) ;; *) refuse "--database is sqlite or mariadb" ;; esac
case "$mode" in closed|open) ;; *) refuse "--mode is closed or open" ;; esac

[[ "$backlog" =~ ^[0-9]{1,7}$ ]] || refuse "--backlog is a number of messages"
[[ "$database_delay" =~ ^[0-9.]{1,6}$ ]] || refuse "--database-delay is a number of milliseconds"
[[ "$writers" =~ ^[0-9]{1,2}$ ]] || refuse "--writers is a number of connections"
[ "$database" = mariadb ] || [ "$database_delay$writers" = 01 ] ||
  refuse "--database-delay and --writers are for --database mariadb"
[ -z "$compare" ] || [ "${#extra[@]}" = 0 ] || refuse "--compare takes neither --json nor --history"

[ -z "$compare" ] || [ "$mail" = no ] || refuse "--mail compares by itself"

bin=build/release/bin
work=build/bench
mkdir -p "$work"
build() {  # folder of the sources, targets
  (cd "$1" && { [ -e build/release/build.ninja ] || cmake --preset release; } &&
    cmake --build build/release -j "$(nproc)" --target "${@:2}") >"$work/build.log" 2>&1 ||
    { tail -n 20 "$work/build.log" >&2; fail "the build failed, see $work/build.log"; }
}
other=''
if [ "$compare" = limit ]; then
  [ "$backlog$high" = 0no ] || refuse "the limit knows neither a backlog nor priorities"
  other=limit
  echo "Building both; the details are in $work/build.log" >&2
  build . postrider provider-sim bench limit
elif [[ "$compare" =~ ^(events|endpoint|endpoint-failures)$ ]]; then
  other=events
  echo "Building; the details are in $work/build.log" >&2
  build . postrider provider-sim bench
elif [ -n "$compare" ]; then
  revision=$(git rev-parse --verify --quiet "$compare^{commit}") ||
    fail "git knows no revision $compare"
  other=build/compare/${revision:0:12}
  git worktree prune
  [ -e "$other/.git" ] || git worktree add --quiet --detach "$other" "$revision" ||
    fail "no worktree of $compare"
  mkdir -p "$other/build"
  [ -e "$other/build/deps" ] || ln -s ../../../deps "$other/build/deps"
  echo "Building both; the details are in $work/build.log" >&2
  build "$other" postrider
  build . postrider provider-sim bench
else
  for program in postrider provider-sim bench; do
    [ -x "$bin/$program" ] && continue
    echo "Building; the details are in $work/build.log" >&2
    build . postrider provider-sim bench
    break
  done
fi

pids=()
mariadb=no
end_all() {
  local pid
  # postrider before its providers and its database, so that it can finish.
  for pid in ${pids[@]+"${pids[@]}"}; do
    kill -TERM "$pid" 2>/dev/null || continue
    wait "$pid" 2>/dev/null || true
  done
  pids=()
  [ "$mariadb" = no ] ||
    env -u POSTRIDER_TEST_MYSQL tools/private-mariadb.sh stop "$PWD/$work/mariadb"
  mariadb=no
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start() {  # program, file with its port, arguments: in the background; its id is in $started
  local program=${1##*/} port=$2
  rm -f "$port"
  "$1" "${@:3}" --port-file "$port" >"$work/$program.log" 2>&1 </dev/null &
  started=$!
  pids=("$started" ${pids[@]+"${pids[@]}"})
  for _ in $(seq 600); do
    [ ! -e "$port" ] || return 0
    [ -d "/proc/$started" ] || break
    sleep 0.05
  done
  tail -n 20 "$work/$program.log" >&2
  fail "$program did not start"
}

# The server's program, bench's further options: one measurement; bench's exit code is in $code.
run() {
  local server=$1 watched sim sim_url url name address proxy='' events=true reader=''
  [ "$server" != no-events ] || events=false server=$bin/postrider
  rm -f "$work"/postrider.db*
  watched=()
  if [ "$database" = mariadb ]; then
    mariadb=yes
    env -u POSTRIDER_TEST_MYSQL tools/private-mariadb.sh start "$PWD/$work/mariadb" >/dev/null
    url=$(cat "$work/mariadb/url")
    name=${url%%\?*} name=${name##*/}
    mariadb --no-defaults -uroot --socket="${url#*socket=}" \
      -e "DROP DATABASE IF EXISTS $name; CREATE DATABASE $name CHARACTER SET utf8mb4"
    watched+=(--pid "mariadbd=$(cat "$work/mariadb/pid")")
    if [ "$database_delay" != 0 ]; then
      rm -f "$work/delayed"
      start tools/bench/delaying_proxy.py "$work/delaying.port" "$PWD/$work/delayed" \
        "${url#*socket=}" "$database_delay"
      proxy=$started
      url="${url%%socket=*}socket=$PWD/$work/delayed"
    fi
  else
    url="sqlite:$PWD/$work/postrider.db"
  fi

  start "$bin/provider-sim" "$work/sim.port"
  sim=$started
  sim_url="http://127.0.0.1:$(head -n 1 "$work/sim.port")"
  curl -fsS -o /dev/null -X PUT -d "{\"latency_ms\": $latency}" \
    "$sim_url/control/signal/behaviour" ||
    fail "provider-sim does not answer"

  cat >"$work/config.toml" <<TOML
[http]
listen = "127.0.0.1:0"
[database]
url = "$url"
writers = $writers
[limits]
sender_window = 10000
[[provider]]
name = "signal"
type = "signal"
url = "$sim_url/p/signal"
account = "+15550001111"
max_in_flight = $in_flight
[history]
events = $events
TOML
  [ "$mail" = no ] || cat >>"$work/config.toml" <<TOML
[smtp]
listen = ["127.0.0.1:0"]
[[source]]
name = "alerts"
type = "mail"
to = ["+15551234567"]
user_id = 1
TOML
  if [ "$server" = limit ]; then
    rm -f "$work"/limit.db*
    local store=(--sqlite "$work/limit.db")
    [ "$database" = sqlite ] || store=(--mysql-socket "${url#*socket=}" --mysql-database "$name")
    start "$bin/limit" "$work/limit.port" "${store[@]}" --provider "$sim_url/p/signal" \
      --in-flight "$in_flight"
    cp "$work/limit.port" "$work/postrider.port"
  else
    start "$server" "$work/postrider.port" serve --config "$work/config.toml"
  fi

  code=0 address="http://127.0.0.1:$(cat "$work/postrider.port")"
  if [ "$other$events" = eventstrue ] && [ "$compare" != events ]; then
    local types=''
    [ "$compare" = endpoint ] || types=', "types": ["message.failed", "attempt.failed"]'
    curl -fsS -o /dev/null -H 'Content-Type: application/json' "$address/v1/endpoints" \
      -d "{\"url\": \"$sim_url/p/events/hook\", \"allow_private\": true$types}" ||
      fail "there is no endpoint"
  elif [ "$compare$events" = eventstrue ]; then
    # An event has four lines. wc costs less than a look into them, on the same two cores.
    curl -sN "$address/v1/events/stream?after=now" | wc -l >"$work/events.read" &
    reader=$!
  fi
  if [ "$backlog" != 0 ]; then
    python3 tools/bench/backlog.py --url "$address" --messages "$backlog" --pid "$started" ||
      code=$?
  elif [ "$mail" = yes ]; then
    python3 tools/bench/mail.py --url "$address" --log "$work/postrider.log" \
      --bench "$bin/bench" --seconds "$duration" --connections "$connections" \
      --pairs "$pairs" || code=$?
  elif [ "$high" = yes ]; then
    "$bin/bench" --url "$address" --duration "$duration" --connections "$connections" \
      --recipients "$recipients" >"$work/load.log" &
    local load=$!
    python3 tools/bench/high.py --url "$address" --seconds "$duration" || code=$?
    wait "$load" || code=$?
  else
    "$bin/bench" --url "$address" --mode "$mode" --rate "$rate" \
      --duration "$duration" --connections "$connections" --recipients "$recipients" \
      --sim-url "$sim_url" --sim-provider signal --sim-reset --drain-timeout 120 \
      --pid "postrider=$started" ${watched[@]+"${watched[@]}"} --pid "provider-sim=$sim" \
      "${@:2}" || code=$?
  fi

  if [ "$compare$events" = endpointtrue ]; then
    # It may lag: the time until it has all is told too.
    local began=$SECONDS cursor
    member() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }
    for _ in $(seq 600); do
      cursor=$(curl -fsS "$address/v1/endpoints/1" | member cursor)
      [ "$(curl -fsS "$address/v1/events?limit=1&after=$cursor" | member data)" != '[]' ] || break
      sleep 0.5
    done
    echo "the endpoint had all events $((SECONDS - began)) s later" >&2
  fi
  # A measurement of something that loses messages would be worth nothing.
  kill -TERM "$started"
  wait "$started" || fail "${server##*/} ended with $?, see $work/${server##*/}.log"
  # The stream ends with its server.
  if [ -n "$reader" ]; then
    wait "$reader" || true
    echo "events read: $(($(cat "$work/events.read") / 4))" >&2
  fi
  pids=("$sim" ${proxy:+"$proxy"})
  [ "$server" = limit ] || "$server" verify --database "$url" >"$work/verify.log" 2>&1 ||
    { cat "$work/verify.log" >&2; fail "an invariant is broken, see above"; }
  end_all
}

if [ -z "$other" ]; then
  [ "$backlog" = 0 ] || echo "messages a second, microseconds of CPU for each:"
  [ "$mail" = no ] ||
    echo "messages a second by HTTP, SMTP with PIPELINING, SMTP without; the ratios:"
  [ "$high" = no ] || echo "p50, p99 and the longest, in milliseconds:"
  run "$bin/postrider" ${extra[@]+"${extra[@]}"}
  cat "$work/verify.log" >&2
  exit "$code"
fi

# Prints two figures of a report: messages that arrived a second, and microseconds of the server's
# CPU for each.
figures() {
  python3 -c 'import json, sys
report = json.load(sys.stdin)
server = next(one for one in report["processes"] if one["name"] == "postrider")
print(report["delivery"]["per_s"], server["cpu_us_per_message"])'
}
measure() {  # the server's program, or limit: its figures are in $per_second and $cpu
  run "$1" --json >"$work/report.json"
  [ "$code" = 0 ] || fail "bench ended with $code, its report is $work/report.json"
  # In place of the rate the p99, and in place of the CPU the longest time.
  if [ "$high" = yes ]; then read -r _ per_second cpu <"$work/report.json"
  elif [ "$backlog" != 0 ]; then read -r per_second cpu <"$work/report.json"
  else read -r per_second cpu < <(figures <"$work/report.json"); fi
}
rm -f "$work/ratios"
ours=$bin/postrider theirs=$other/$bin/postrider
[ "$other" != limit ] || theirs=limit
[ "$other" != events ] || theirs=no-events
unit=/s second='CPU ratio'
[ "$high" = no ] || unit=ms second='longest'
printf '%-6s %12s %12s %8s %10s\n' pair "this tree" "$compare" ratio "$second"
for pair in $(seq "$pairs"); do
  # The one that runs second has the warmer machine, so they take turns at that too.
  if [ $((pair % 2)) = 1 ]; then order=("$ours" "$theirs"); else order=("$theirs" "$ours"); fi
  declare -A rates=() costs=()
  for server in "${order[@]}"; do
    measure "$server"
    rates[$server]=$per_second costs[$server]=$cpu
  done
  awk -v pair="$pair" -v a="${rates[$ours]}" -v b="${rates[$theirs]}" \
    -v c="${costs[$ours]}" -v d="${costs[$theirs]}" \
    -v unit="$unit" \
    'BEGIN { printf "%-6s %10s%s %10s%s %8.3f %10.3f\n", pair, a, unit, b, unit, a / b, c / d }' |
    tee -a "$work/ratios"
done
median() { awk -v column="$1" '{ print $column }' "$work/ratios" | sort -n |
  awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
printf '%-6s %12s %12s %8.3f %10.3f\n' median '' '' "$(median 4)" "$(median 5)"
