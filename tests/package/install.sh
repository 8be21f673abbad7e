#!/usr/bin/env bash
# Installs the packages PACKAGE and MTA on a bare Debian in a folder (debootstrap), as a new user
# would on a machine: starts it with its own configuration, makes keys, sends, looks, breaks the
# configuration, removes it and installs it again. Before that an upgrade, with what an
# administrator changed. Needs root; nothing outside of build/package is touched.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=${1:?usage: install.sh PACKAGE MTA}
mta=${2:?usage: install.sh PACKAGE MTA}
[ "$(id -u)" = 0 ] || { echo "install.sh: a bare Debian in a folder needs root" >&2; exit 1; }
. /etc/os-release
root=$PWD/build/package/root
log=build/logs/package-test.log
fail() { echo "install.sh: $*" >&2; tail -n 20 "$log" >&2; exit 1; }
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  DEBIAN_FRONTEND=noninteractive "$@"; }
# as_service COMMAND...: as the user that the unit names.
as_service() { in_root setpriv --reuid postrider --regid postrider --clear-groups "$@"; }

command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >"$log" 2>&1 \
  || fail "no debootstrap"
command -v lintian >/dev/null || apt-get install -y -qq --no-install-recommends lintian \
  >"$log" 2>&1 || fail "no lintian"
lintian --allow-root --fail-on error,warning "$package" "$mta" >"$log" 2>&1 \
  || fail "lintian has something to say"
if [ ! -e "$root/.complete" ]; then
  echo "install.sh: a bare $VERSION_CODENAME into $root"
  rm -rf "$root"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -v security | head -n 1)
  debootstrap --variant=minbase "$VERSION_CODENAME" "$root" "$mirror" >"$log" 2>&1 \
    || fail "debootstrap failed"
  # apt as on this machine: its sources, its proxy, its certificates.
  cp -r /etc/apt/. "$root/etc/apt/"
  in_root apt-get update -qq >>"$log" 2>&1 || fail "apt-get update failed in $root"
  touch "$root/.complete"
fi

sim= server=
end() { for pid in $server $sim; do kill "$pid" 2>/dev/null || true; done; wait; }
trap end EXIT

config=/etc/postrider/config.toml
link=$root/etc/systemd/system/multi-user.target.wants/postrider.service
install() { in_root apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1 \
  || fail "it cannot be installed"; }
remove() { in_root apt-get "$1" -y -qq postrider >"$log" 2>&1 || fail "$1 fails"; }
# is PATH OWNER:GROUP:MODE
is() { in_root sh -c '[ "$(stat -c %U:%G:%a "$1")" = "$2" ]' sh "$@" || fail "$1 is not $2"; }
enabled() { [ -L "$link" ]; }

in_root apt-get purge -y -qq postrider >"$log" 2>&1 || true
rm -rf "$root/var/lib/postrider" "$root/var/spool/postrider" "$root/etc/postrider/secret"
cp "$package" "$root/postrider.deb"
cp "$mta" "$root/postrider-mta.deb"

echo "install.sh: upgrades keep what an administrator changed"
old=build/package/old
rm -rf "$old"
dpkg-deb -R "$package" "$old"
sed -i 's/^Version: .*/Version: 0.0.1-1/' "$old/DEBIAN/control"
echo "# Of an older version." >>"$old$config"
dpkg-deb --root-owner-group -b "$old" "$root/older.deb" >"$log" 2>&1 || fail "no older package"
rm -rf "$old"
install /older.deb
is /etc/postrider root:postrider:750
is "$config" root:postrider:640
enabled || fail "it is not enabled"
install /postrider.deb
is "$config" root:postrider:640
enabled || fail "it is not enabled any more"
install --allow-downgrades /older.deb
in_root sh -c "chown root:adm $config; chmod 0444 $config; chmod 0755 /etc/postrider
  chmod 0750 /var/lib/postrider"
rm "$link"
install /postrider.deb
is "$config" root:adm:444
is /etc/postrider root:postrider:755
is /var/lib/postrider postrider:postrider:750
if enabled; then fail "it was disabled, and is enabled again"; fi
rm "$root$config"
install --reinstall /postrider.deb
[ ! -e "$root$config" ] || fail "the configuration was deleted, and is there again"
in_root apt-get -o Dpkg::Options::=--force-confmiss install -y -qq --reinstall /postrider.deb \
  >"$log" 2>&1 || fail "no configuration again"
is "$config" root:postrider:640
remove remove
install /postrider.deb
if enabled; then fail "it was disabled before it was removed, and is enabled"; fi
remove purge
rm -rf "$root/var/lib/postrider" "$root/var/spool/postrider" "$root/etc/postrider/secret"

echo "install.sh: installing $(basename "$package")"
install /postrider.deb
is "$config" root:postrider:640
is /var/lib/postrider postrider:postrider:700
is /var/spool/postrider root:root:1733
[ -L "$root/etc/systemd/system/timers.target.wants/postrider-spool.timer" ] \
  || fail "the timer of the spool is not enabled"
install /postrider-mta.deb
in_root setpriv --reuid nobody --regid nogroup --clear-groups sh -c 'echo hello | \
  sendmail root' >"$log" 2>&1 || fail "a mail is not stored while there is no server"
in_root postrider spool metrics --all >"$log" 2>&1 || fail "root cannot look at the spools"
grep -q 'postrider_spool_mails{user="nobody"} 1' "$log" || fail "the mail does not wait"
enabled || fail "it is not enabled"
as_service postrider check-config >"$log" 2>&1 || fail "its own configuration is not valid"

rm -f build/package/sim.port
build/release/bin/provider-sim --port-file build/package/sim.port --provider alpha=127.0.0.1:0 \
  >"$log" 2>&1 & sim=$!
for _ in $(seq 100); do [ -s build/package/sim.port ] && break; sleep 0.1; done
port=$(sed -n 's/^alpha //p' build/package/sim.port)
cat >>"$root/etc/postrider/config.toml" <<CONFIG

[[provider]]
name = "alpha"
type = "signal"
url = "http://127.0.0.1:$port"
account = "+15550001111"
priority = 1

[[source]]
name = "machine"
type = "mail"
to = ["+15557654321"]
user_id = 1
CONFIG
if in_root postrider keys create --name root --scope admin >"$log" 2>&1; then
  fail "root makes a database that is not the service's"
fi
grep -q 'runuser -u postrider' "$log" || fail "it is not said who should make the database"
[ -z "$(ls -A "$root/var/lib/postrider")" ] || fail "root left something in the service's folder"
in_root sh -c 'echo sixteen-characters-or-more >/etc/postrider/secret
  chown root:postrider /etc/postrider/secret; chmod 0640 /etc/postrider/secret'
sed -i 's|^\[receipts\]|&\nsecret_file = "/etc/postrider/secret"|' "$root$config"
as_service postrider check-config >"$log" 2>&1 \
  || fail "the service cannot read a secret of its group"
in_root postrider check-config >"$log" 2>&1 || fail "root cannot check the configuration"
grep -q 'root:postrider, mode 0640' "$log" || fail "it is not shown who can read the secret"
make_key() { as_service postrider keys create --name "$1" --scope send --scope read "${@:2}" \
  || fail "no key"; }
key=$(make_key shop)
trial=$(make_key trial --test)
# systemd makes this folder.
in_root install -d -m 0755 -o postrider -g postrider /run/postrider
# A socket gets its mode through /proc, which only the server sees here.
unshare -m sh -c 'mount -t proc none "$0/proc" && exec chroot "$0" env -i \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --reuid postrider --regid postrider --clear-groups "$@"' "$root" sh -c '
  cd /var/lib/postrider
  export POSTRIDER_SMTP__LOCAL_SOCKET=/run/postrider/mail.sock POSTRIDER_SMTP__LOCAL_SOURCE=machine
  export POSTRIDER_AUTH__REQUIRED=true POSTRIDER_HTTP__LISTEN=127.0.0.1:0
  exec postrider serve --migrate --port-file /var/lib/postrider/port' \
  >build/logs/package-server.log 2>&1 & server=$!
for _ in $(seq 100); do [ -s "$root/var/lib/postrider/port" ] && break; sleep 0.1; done
[ -s "$root/var/lib/postrider/port" ] \
  || { log=build/logs/package-server.log; fail "it does not start"; }
url="http://127.0.0.1:$(cat "$root/var/lib/postrider/port")"
as_client() { in_root env POSTRIDER_URL="$url" POSTRIDER_KEY="$1" postrider "${@:2}"; }
if as_client "" send --user 1 --to +15551234567 "Dinner?" >"$log" 2>&1; then
  fail "it sends without a key"
fi
as_client "$key" send --user 1 --to +15551234567 --wait "Dinner at eight?" \
  || fail "the message did not arrive"
as_client "$key" status 1 || fail "it cannot be looked at"
as_client "$trial" send --user 1 --to accepted@postrider.test --wait "Only a test." >"$log" 2>&1 \
  || fail "the test did not arrive"
grep -q 'test:email' "$log" || fail "the test key does not reach test mode"
in_root postrider spool send --all >"$log" 2>&1 || fail "the mail that waited is not sent"
grep -q 'mails sent: 1' "$log" || fail "the mail that waited was not there"
in_root setpriv --reuid nobody --regid nogroup --clear-groups sh -c 'echo again | \
  sendmail -v root' >"$log" 2>&1 || fail "a mail is not sent"
grep -q '^250 ' "$log" || fail "the server did not get the mail of a user"
kill -HUP "$(pgrep -P "$server" -x postrider || echo "$server")" 2>/dev/null || true

echo "install.sh: a configuration with mistakes is explained"
sed -i 's/^url = "http/ulr = "http/' "$root/etc/postrider/config.toml"
if as_service postrider check-config >"$log" 2>&1; then fail "check-config finds nothing wrong"; fi
grep -q 'ulr' "$log" || fail "check-config does not name the key"
cat "$log"

end; trap - EXIT
echo "install.sh: removing it, and again"
remove remove
[ -s "$root/var/lib/postrider/postrider.db" ] || fail "the messages were removed with it"
install /postrider.deb
enabled || fail "it was removed and installed again, and is not enabled"
grep -q ulr "$root$config" || fail "its configuration is another one"
remove purge
[ ! -e "$root$config" ] || fail "its configuration is still there"
if enabled; then fail "it is still enabled"; fi
[ -s "$root/var/lib/postrider/postrider.db" ] || fail "the messages were removed with it"
echo "install.sh: installed, used, removed"
