#!/usr/bin/env bash
# Sets up, builds and runs every test, on SQLite and on a private MariaDB that it starts and stops
# itself.
#   tools/test.sh                 the dev build
#   tools/test.sh --preset asan   the same tests with AddressSanitizer and
#                                 UndefinedBehaviorSanitizer
#   tools/test.sh --all           dev, then asan
#   tools/test.sh --mysql         also the ledger's tests on a real MySQL, in a debootstrap folder
#                                 (needs root)
#   tools/test.sh -R NAME ...     further arguments go to ctest
set -euo pipefail
cd "$(dirname "$0")/.."

presets=(dev)
mysql=no
ctest_arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    --preset) presets=("${2:?--preset needs a name}"); shift ;;
    --all) presets=(dev asan) ;;
    --mysql) mysql=yes ;;
    -h|--help) sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) ctest_arguments+=("$1") ;;
  esac
  shift
done

jobs=$(nproc)
log=build/logs
mkdir -p "$log"

# run NAME COMMAND...: long output goes to a file, of which only what went wrong is shown.
run() {
  local name=$1; shift
  if ! "$@" >"$log/$name.log" 2>&1; then
    grep -E 'error|Error|FAILED|fatal' "$log/$name.log" | head -n 40 >&2 || true
    tail -n 15 "$log/$name.log" >&2
    echo "test: $name failed, the whole output is in $log/$name.log" >&2
    exit 1
  fi
}

tools/setup.sh --tests
status=0
for preset in "${presets[@]}"; do
  echo "test: building $preset"
  run "configure-$preset" cmake --preset "$preset"
  run "build-$preset" cmake --build --preset "$preset" -j "$jobs"
  echo "test: running the tests of $preset"
  ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error \
    "${ctest_arguments[@]}" || status=$?
done
if [ "$mysql" = yes ]; then
  tools/test-mysql.sh "build/${presets[0]}" || status=$?
fi
exit "$status"
