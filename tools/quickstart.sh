#!/usr/bin/env bash
# Five minutes to a delivered message: sets up, builds, starts a server on SQLite with two simulated
# Signal providers, sends three messages and shows what happens to each. Ends everything it started.
#   tools/quickstart.sh          the tour
#   tools/quickstart.sh --keep   leaves the server up and says how to use it with curl
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "quickstart: $*" >&2; exit 1; }

keep=no
for arg in "$@"; do
  case "$arg" in
    --keep) keep=yes ;;
    -h|--help) sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) echo "quickstart: unknown argument $arg (try --help)" >&2; exit 2 ;;
  esac
done

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else bold='' dim='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s\n' "$*" | sed 's/^/  /'; }

work=build/quickstart
bin=build/release/bin
pids=()

# Ends a process that is still the program it should be; its number may belong to another one by
# now.
end() {
  local pid=$1 program=$2 running
  running=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 0
  [ "${running% (deleted)}" = "$PWD/$bin/$program" ] \
    || return 0  # "(deleted)": it was rebuilt since
  kill -TERM "$pid" 2>/dev/null || return 0
  for _ in $(seq 350); do [ -d "/proc/$pid" ] || return 0; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
}
end_all() {
  local entry
  for entry in "${pids[@]}"; do end "${entry%% *}" "${entry##* }"; done
  pids=()
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- build ---------------------------------------------------------------------------------------
mkdir -p "$work"
if [ ! -x "$bin/postrider" ]; then
  echo "Building. The first time takes some minutes; the details are in $work/build.log"
fi
started=$SECONDS
tools/setup.sh
build() {
  [ -e build/release/build.ninja ] || cmake --preset release
  cmake --build build/release -j "$(nproc)" --target postrider provider-sim
}
build >"$work/build.log" 2>&1 ||
  { tail -n 30 "$work/build.log" >&2; fail "the build failed, see $work/build.log"; }
took=$((SECONDS - started))
if [ "$took" -gt 3 ]; then echo "Built in $took seconds."; fi

# ---- start ---------------------------------------------------------------------------------------
if [ -e "$work/kept" ]; then
  while read -r pid program; do end "$pid" "$program"; done <"$work/kept"
fi
rm -f "$work"/{kept,postrider.db*,*.port,*.log.txt,config.toml}

start() {  # program, arguments: in the background, with its output in a file
  nohup "$bin/$1" "${@:2}" >"$work/$1.log.txt" 2>&1 </dev/null &
  pids+=("$! $1")
}
wait_for() {  # file, program: until it has written its port
  local pid=${pids[-1]%% *}
  for _ in $(seq 200); do
    [ -e "$1" ] && return
    [ -d "/proc/$pid" ] || break
    sleep 0.05
  done
  tail -n 20 "$work/$2.log.txt" >&2
  fail "$2 did not start, see above"
}

start provider-sim --provider alpha=127.0.0.1:0 --provider beta=127.0.0.1:0 \
  --port-file "$work/sim.port"
wait_for "$work/sim.port" provider-sim
declare -A ports  # by the provider's name
{ read -r control; while read -r name port; do ports[$name]=$port; done; } <"$work/sim.port"

cat >"$work/config.toml" <<TOML
[http]
listen = "127.0.0.1:0"
[database]
url = "sqlite:$work/postrider.db"
[[provider]]
name = "alpha"
type = "signal"
url = "http://127.0.0.1:${ports[alpha]}"
account = "+15550001111"
priority = 1
[[provider]]
name = "beta"
type = "signal"
url = "http://127.0.0.1:${ports[beta]}"
account = "+15550002222"
priority = 2
TOML
start postrider serve --config "$work/config.toml" --port-file "$work/postrider.port"
wait_for "$work/postrider.port" postrider
read -r port <"$work/postrider.port"
export POSTRIDER_URL="http://127.0.0.1:$port"

# ---- the tour ------------------------------------------------------------------------------------
provider() {  # name, behaviour
  curl -fsS -o "$work/control.log" -X PUT -d "$2" "http://127.0.0.1:$control/control/$1/behaviour" \
    || fail "provider-sim does not answer"
}
send() {  # expected exit code, recipient, text
  local code=0
  say "${dim}\$ postrider send --user 1 --to $2 --wait \"$3\"${plain}"
  "$bin/postrider" send --user 1 --to "$2" --wait --wait-limit 60s "$3" 2>&1 | sed 's/^/    /' \
    || code=$?
  [ "$code" = "$1" ] || fail \
    "this should have ended with exit code $1, not $code; the log is $work/postrider.log.txt"
}
nobody='"by_recipient": {"+15550000404": ["unregistered"]}'
normal="{\"latency_ms\": 300, $nobody}"
provider alpha "$normal"
provider beta "$normal"

title "A Postrider server is running, on SQLite, with two Signal providers"
say "They are called alpha and beta and are simulated. alpha has priority 1, so it is tried first."

title "1. A message that arrives"
send 0 +15551234567 "Dinner at eight?"
say "alpha took it. Before it was called, the attempt was on disk: a crash would have lost nothing."

title "2. alpha is down"
provider alpha '{"down": true}'
send 0 +15551234567 "Make that nine."
say "alpha refused the connection, so surely nothing was sent, and beta was tried at once."

title "3. No provider knows the recipient"
provider alpha "$normal"
send 1 +15550000404 "Are you there?"
say "Both say that this number is not registered. A retry would not help, so the message has" \
  "failed,"
say "with the reason. (An outage is different: then the message is kept trying for a day.)"

title "The attempts stay in the history"
say "${dim}\$ postrider status 2${plain}"
"$bin/postrider" status 2 | sed 's/^/    /'

# ---- the end -------------------------------------------------------------------------------------
if [ "$keep" = yes ]; then
  printf '%s\n' "${pids[@]}" >"$work/kept"
  title "The server stays up at $POSTRIDER_URL"
  say "curl -H 'Content-Type: application/json' $POSTRIDER_URL/send/message \\"
  say "     -d '{\"user_id\": 1, \"recipients\": [\"+15551234567\"], \"message\": \"Hello\"}'"
  say "curl $POSTRIDER_URL/v1/transactions/1        # its state"
  say "curl $POSTRIDER_URL/v1/providers             # how the providers are"
  say "curl -X PUT -d '{\"down\": true}' http://127.0.0.1:$control/control/alpha/behaviour"
  say "End it with: kill ${pids[*]%% *}"
  pids=()
else
  end_all
  title "All that was started has ended. The database agrees with every promise:"
  say "${dim}\$ postrider verify${plain}"
  "$bin/postrider" verify --database "sqlite:$work/postrider.db" 2>&1 | sed 's/^/    /'
  say "Once more, and keep the server: tools/quickstart.sh --keep"
fi
