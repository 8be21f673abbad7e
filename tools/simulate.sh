#!/usr/bin/env bash
# Builds with the release flags and lives many virtual days; prints what happened in them.
#   tools/simulate.sh [SEEDS] [FIRST]     20000 days from seed 1 unless told otherwise
# Exit code 1 when an invariant was broken; every failed seed is printed with the command that lives
# it again.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in -h|--help) sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;; esac
seeds=${1:-20000}
first=${2:-1}
jobs=$(nproc)
folder=build/simulate
log=build/logs/simulate.log

mkdir -p build/logs
if ! { cmake --preset release -B "$folder" -DPOSTRIDER_TESTS=ON -DCMAKE_UNITY_BUILD=OFF &&
       cmake --build "$folder" --target simulation -j "$jobs"; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "simulate: it cannot be built, the whole output is in $log" >&2
  exit 1
fi
exec "$folder/bin/simulation" --first "$first" --seeds "$seeds" --jobs "$jobs"
