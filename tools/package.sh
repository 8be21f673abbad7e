#!/usr/bin/env bash
# Builds the Debian packages of the release build: build/package/postrider_VERSION_ARCHITECTURE.deb,
# and postrider-mta_VERSION_all.deb, which is its links such as /usr/sbin/sendmail.
#   tools/package.sh          builds them, and says where they are
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
package=$(ls "$folder"/postrider_*.deb)
mta=$(ls "$folder"/postrider-mta_*.deb)
echo "$package"
echo "$mta"
[ "$test" = no ] || exec tests/package/install.sh "$package" "$mta"
