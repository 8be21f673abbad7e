#!/usr/bin/env bash
# Builds the Debian package of the release build: build/package/postrider_VERSION_ARCHITECTURE.deb
#   tools/package.sh          builds it, and says where it is
#   tools/package.sh --test   also installs it on a bare Debian in a folder, as root of it, and
#                             sends a message with it (needs root; 400 MB in build/package)
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "package: $*" >&2; exit 1; }
test=no
for arg in "$@"; do
  case "$arg" in
    --test) test=yes ;;
    -h|--help) sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) fail "unknown argument $arg (try --help)" ;;
  esac
done

folder=build/package
log=build/logs/package.log
mkdir -p "$folder" build/logs
tools/setup.sh --page
if ! { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target postrider \
  package_files provider-sim &&
       rm -f "$folder"/*.deb && cpack --config build/release/CPackConfig.cmake; } >"$log" 2>&1; then
  grep -E 'error|Error|fatal' "$log" | head -n 20 >&2 || true
  tail -n 15 "$log" >&2
  fail "it cannot be built, the whole output is in $log"
fi
rm -rf "$folder/_CPack_Packages"
package=$(ls "$folder"/*.deb)
echo "$package"
[ "$test" = no ] || exec tests/package/install.sh "$package"
