#!/usr/bin/env bash
# Installs what Postrider needs to be built, tested and run on Debian 12 or 13. Idempotent and
# quiet: a second run takes a second. Everything comes from Debian's packages and from npm.
#   tools/setup.sh            what the build needs
#   tools/setup.sh --page     also what the reference page at /docs needs, from npm
#   tools/setup.sh --tests    both, and what the tests need: MariaDB, and the real peers of
#                             providers and sources (Kannel, Postfix, aiosmtpd, swaks, msmtp,
#                             tinyproxy, Alertmanager, Apprise, judges from npm), and programs that
#                             send mail (git, s-nail, mutt, PHP, cron); Kannel, Postfix and
#                             tinyproxy are unpacked into build/deps and not installed
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "setup: $*" >&2; exit 1; }

tests=no
page=no
for arg in "$@"; do
  case "$arg" in
    --page) page=yes ;;
    --tests) tests=yes page=yes ;;
    -h|--help) sed -n '2,/^[^#]/{/^[^#]/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) fail "unknown argument $arg (try --help)" ;;
  esac
done

[ -r /etc/os-release ] || fail "no /etc/os-release: only Debian 12 and 13 are supported"
. /etc/os-release
release="${VERSION_ID:-}"
[ "${ID:-}" = debian ] || fail \
  "this is ${PRETTY_NAME:-an unknown system}: only Debian 12 and 13 are supported"
[ "$(dpkg --print-architecture)" = amd64 ] || fail "only amd64 is supported"

case "$release" in
  12) boost=1.81; extra=() tidy=clang-tidy-16 ;;
  # odb of Debian 13 calls g++-13; code that it generates for MySQL wants mysql.h where MySQL has
  # it.
  13) boost=1.83; extra=(g++-13 libodb-dev libodb-mysql-dev libodb-sqlite-dev libmariadb-dev-compat)
    tidy=clang-tidy-19 ;;
  *) fail "Debian ${release:-(no release number)} is not supported: use 12 or 13" ;;
esac
packages=(
  g++ cmake ninja-build pkg-config ccache mold ca-certificates curl
  libcaf-dev "libboost$boost-dev" "libboost-json$boost-dev" "libboost-url$boost-dev" \
    "libboost-test$boost-dev"
  odb libmariadb-dev libsqlite3-dev libssl-dev libopendkim-dev libidn2-dev
  libtomlplusplus-dev libspdlog-dev libfmt-dev libcli11-dev prometheus-cpp-dev \
    libkainjow-mustache-dev libgmime-3.0-dev python3 python3-yaml "${extra[@]}")
[ "$tests" = yes ] && packages+=(mariadb-server mariadb-client galera-4 sqlite3 \
  python3-jsonschema chromium nginx librapidcheck-dev
  python3-aiosmtpd python3-dkim swaks msmtp apprise prometheus-alertmanager openssl \
  sslscan slowhttptest clang-format "$tidy"
  git git-email libmailtools-perl s-nail mutt php-cli cron)
# An npm that is there already, from wherever, is good enough.
[ "$page" = yes ] && ! command -v npm >/dev/null && packages+=(nodejs npm)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail \
    "packages are missing and this is neither root nor is there sudo; install: ${missing[*]}"
  fi
}
log=$(mktemp); trap 'rm -f "$log"' EXIT

# apt ARGUMENT...: apt-get, as root unless it only downloads; what it says is in $log. A mirror may
# be away for a moment, and another apt at work; of its locks apt-get itself waits for only one.
apt() {
  local as=as_root status until=$((SECONDS + 600))
  if [ "$1" = download ]; then as=; else as_root true; fi
  while :; do
    status=0
    $as env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o \
      Acquire::Retries=5 \
      "$@" >"$log" 2>&1 || status=$?
    [ "$status" != 0 ] && grep -q "Could not get lock" "$log" && [ "$SECONDS" -lt "$until" ] \
      || return "$status"
    sleep 2
  done
}
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] \
    || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "setup: installing ${#missing[@]} Debian packages: ${missing[*]}"
  apt update || { tail -n 5 "$log" >&2; fail \
    "apt-get update failed: check /etc/apt and the network"; }
  # Servers that Debian starts for the whole machine are not wanted: the tests start their own.
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' \
    | as_root tee "$policy" >/dev/null; as_root chmod +x "$policy"; made_policy=yes; }
  status=0
  apt install -y --no-install-recommends "${missing[@]}" || status=$?
  [ "${made_policy:-no}" = yes ] && as_root rm -f "$policy"
  [ "$status" = 0 ] || { tail -n 15 "$log" >&2; fail \
    "apt-get install failed, see above; the packages were: ${missing[*]}"; }
fi

# Debian 12 has the ODB compiler but not its runtime libraries. Those of Debian 11 work; they are
# still in the archive's pool. They go into the project's own prefix and are checked by SHA-256.
prefix=build/deps/odb
odb_runtime() {
  cat <<'LIST'
libodb/libodb-2.4_2.4.0-1+b3_amd64.deb
0f3e92127539f07344759485a6e83d41bdaa3eaef43467cd0fb3ce3136ea3663
libodb/libodb-dev_2.4.0-1+b3_amd64.deb
90d7bee323e1616a4b49bf421b599c3eadff6e19e631aec8ba5d2d4bf8270f24
libodb-mysql/libodb-mysql-2.4_2.4.0-5_amd64.deb
c999e77df08fb4164bc9e8b80e4fe019da8699583b3b2baa86a06cd9fbb3021b
libodb-mysql/libodb-mysql-dev_2.4.0-5_amd64.deb
3b6c7140333900e929478717b5c8dd1bb399c6d9a60f9bdea5e879c42ce6f59e
libodb-sqlite/libodb-sqlite-2.4_2.4.0-1+b3_amd64.deb
1fdb53b4543c2e7cecb03e4f92aca7bee9f80354aac901aa0e0a5425cc16dee7
libodb-sqlite/libodb-sqlite-dev_2.4.0-1+b3_amd64.deb
fe55dd82666093a4157f9a4134dc0b36d62c3708fb0adf5532b83458c328b859
LIST
}
if [ "$release" = 12 ] && [ ! -e "$prefix/.complete" ]; then
  # The mirror is the machine's own: the first archive that apt knows and that is not the security
  # one.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -v security | head -n 1)
  [ -n "$mirror" ] || fail "apt knows no archive: run apt-get update, then this again"
  echo "setup: unpacking the ODB runtime into $prefix"
  rm -rf "$prefix"; mkdir -p "$prefix/debs"
  while read -r path && read -r sum; do
    deb="$prefix/debs/${path##*/}"
    curl -fsSL --retry 3 -o "$deb" "${mirror%/}/pool/main/libo/${path//+/%2B}" \
      || curl -fsSL --retry 3 -o "$deb" "${mirror%/}/pool/main/libo/$path" \
      || fail "${mirror%/} does not have pool/main/libo/$path;" \
           "put the six libodb packages of Debian 11 into $prefix/debs"
    echo "$sum  $deb" | sha256sum -c --quiet - \
      || fail "$deb is not the file that was expected (SHA-256 differs)"
    dpkg -x "$deb" "$prefix"
  done < <(odb_runtime)
  rm -rf "$prefix/debs"
  touch "$prefix/.complete"
fi

# npm_packages FOLDER DESTINATION WHAT: what FOLDER's lock file names, into DESTINATION.
npm_packages() {
  cmp -s "$1/package-lock.json" "$2/.installed" && return
  echo "setup: installing $3 from npm into $2"
  mkdir -p "$2"
  cp "$1/package.json" "$1/package-lock.json" "$2/"
  (cd "$2" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$log" 2>&1 \
    || { tail -n 15 "$log" >&2; fail \
      "npm ci failed in $2: check npm's registry (npm config get registry)"; }
  cp "$1/package-lock.json" "$2/.installed"
}
[ "$page" = yes ] && npm_packages http/openapi build/deps/reference-page "the reference page"
[ "$tests" = yes ] || exit 0

# Real peers. Installing a mail server or an SMS gateway would change the machine: their libraries
# are installed, they themselves only unpacked.
peers=build/deps/peers
if [ ! -e "$peers/.complete" ]; then
  echo "setup: unpacking Kannel and Postfix into $peers"
  rm -rf "$peers"; mkdir -p "$peers/debs" "$peers/root"
  (cd "$peers/debs" && apt download kannel kannel-extras postfix) \
    || { tail -n 5 "$log" >&2; fail "apt-get cannot download kannel, kannel-extras and postfix"; }
  for deb in "$peers"/debs/*.deb; do
    needs=$(dpkg-deb -f "$deb" Depends | sed 's/kannel (= [^)]*), //')
    missing=("the libraries of ${deb##*/}: $needs")
    apt satisfy -y --no-install-recommends "$needs" \
      || { tail -n 5 "$log" >&2; fail \
        "the libraries that ${deb##*/} needs cannot be installed: $needs"; }
    dpkg -x "$deb" "$peers/root"
  done
  rm -rf "$peers/debs"
  touch "$peers/.complete"
fi
# promtool, the part of Prometheus that checks metrics and rules.
promtool=build/deps/promtool
if [ ! -x "$promtool/promtool" ]; then
  echo "setup: unpacking promtool into $promtool"
  rm -rf "$promtool"; mkdir -p "$promtool/debs"
  (cd "$promtool/debs" && apt download prometheus) \
    || { tail -n 5 "$log" >&2; fail "apt-get cannot download prometheus"; }
  dpkg-deb --fsys-tarfile "$promtool"/debs/*.deb \
    | tar -x -C "$promtool" --strip-components=3 ./usr/bin/promtool
  rm -rf "$promtool/debs"
fi
# A proxy through which providers are called.
tinyproxy=build/deps/tinyproxy
if [ ! -x "$tinyproxy/tinyproxy" ]; then
  echo "setup: unpacking tinyproxy into $tinyproxy"
  rm -rf "$tinyproxy"; mkdir -p "$tinyproxy/debs"
  (cd "$tinyproxy/debs" && apt download tinyproxy-bin) \
    || { tail -n 5 "$log" >&2; fail "apt-get cannot download tinyproxy-bin"; }
  dpkg-deb --fsys-tarfile "$tinyproxy"/debs/*.deb \
    | tar -x -C "$tinyproxy" --strip-components=3 ./usr/bin/tinyproxy
  rm -rf "$tinyproxy/debs"
fi
npm_packages tests/peers/judges build/deps/judges "the judges"
npm_packages tests/http/page build/deps/page-tests "the driver of the browser, and axe"
npm_packages http/page build/deps/page "the builder of the page"
npm_packages tests/openapi build/deps/openapi "the judge of the interface's description"
