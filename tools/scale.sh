#!/usr/bin/env bash
# Measures the release build with a million rows: how soon it delivers when it starts with a
# backlog, what memory that takes, how fast it answers about history, and how fast a refused message
# is with the next provider. Says what misses its bound. Databases, programs and their logs are its
# own, on loopback, and gone afterwards.
#   tools/scale.sh                              SQLite
#   tools/scale.sh --database mariadb --only history
#   tools/scale.sh --only size --rows 10000000      rates beside an empty database, in turns: with
#                               so much history, and a fifth as many messages that wait
# Options: --database sqlite|mariadb (sqlite)   --only backlog|history|fallback|size (the first
#                               three)
#          --backlog N messages that wait (rows / 5), --pairs N of runs (5): both of size
#          --rows N (1000000)   --requests N for each kind of status (3000) --seconds N of fallback
#                               (20)
#          --pool MIB (128)   MariaDB's memory for pages
#          --skip-verify   do without `postrider verify` before and after
# Exit: 0 all within their bounds, 1 not, or failed, 2 usage. Works in build/scale, with 1 GB for a
# million rows (MariaDB: 2).
set -euo pipefail
cd "$(dirname "$0")/.."
case " $* " in *" -h "*|*" --help "*) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"
  exit 0 ;; esac

bin=$PWD/build/release/bin
work=$PWD/build/scale
mkdir -p "$work"
for program in postrider provider-sim bench; do
  [ -x "$bin/$program" ] && continue
  echo "Building; the details are in $work/build.log" >&2
  { [ -e build/release/build.ninja ] || cmake --preset release; } >"$work/build.log" 2>&1 &&
    cmake --build build/release --target postrider provider-sim bench >>"$work/build.log" 2>&1 ||
    { tail -n 20 "$work/build.log" >&2; echo "scale.sh: the build failed" >&2; exit 1; }
  break
done
export POSTRIDER=$bin/postrider PROVIDER_SIM=$bin/provider-sim BENCH=$bin/bench \
  POSTRIDER_SCENARIO_DIR=$work
export PYTHONDONTWRITEBYTECODE=1
exec python3 tools/scale/main.py --folder "$work" "$@"
