#!/usr/bin/env bash
# Builds the fuzz targets with clang, libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer,
# and runs one after the other. What they learn stays in build/fuzz/corpus; what they find is a file
# in build/fuzz/found, and then this fails.
#   tools/fuzz.sh [--seconds N] [TARGET...]     N for each (60); targets: see tests/fuzz
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "fuzz: $*" >&2; exit 1; }

seconds=60
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) [ $# -gt 1 ] || fail "--seconds needs a number"; seconds="$2"; shift ;;
    -h|--help) sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) fail "unknown argument $1 (try --help)" ;;
    *)
      [ -d "tests/fuzz/corpus/$1" ] || fail "there is no target $1 in tests/fuzz"
      targets+=("$1") ;;
  esac
  shift
done
[[ "$seconds" =~ ^[1-9][0-9]*$ ]] || fail "--seconds needs a number, not \"$seconds\""
if [ "${#targets[@]}" = 0 ]; then
  for folder in tests/fuzz/corpus/*/; do targets+=("$(basename "$folder")"); done
fi
command -v clang++ >/dev/null || fail "clang++ is missing: apt-get install clang"

log=$(mktemp); trap 'rm -f "$log"' EXIT
{ cmake --preset fuzz && cmake --build --preset fuzz --target "${targets[@]/%/_fuzz}"; } >"$log" \
  2>&1 \
  || { tail -n 30 "$log" >&2; fail "the build failed"; }

status=0
mkdir -p build/fuzz/found
for target in "${targets[@]}"; do
  mkdir -p "build/fuzz/corpus/$target"
  # Boost, fmt and libstdc++ come from Debian and were built without AddressSanitizer: a container
  # that one of them grew looks overflown to code that has it.
  if ASAN_OPTIONS=detect_container_overflow=0 "build/fuzz/bin/${target}_fuzz" \
    -max_total_time="$seconds" \
      -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$target-" \
      "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "fuzz: $target: $inputs inputs, $(grep -o 'cov: [0-9]*' "$log" | tail -n 1)"
  else
    status=1
    grep -E "does not hold|ERROR|runtime error|SUMMARY|Test unit written" "$log" >&2 \
      || tail -n 20 "$log" >&2
    echo "fuzz: $target has found something: see build/fuzz/found" >&2
  fi
done
exit "$status"
