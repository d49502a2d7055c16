#!/bin/sh
# Gathers in the folder $1 what Node and the native parts of packages load, an account without a name to log in by,
# and the folders that may be written. Run by the Dockerfile.
set -eu
to=$1
mkdir -p "$to/data" "$to/pictures" "$to/var/cache/node" "$to/etc" "$to/tmp" "$to/usr/local/bin" "$to/var/lib/dpkg"
# Without the symbols for debuggers of C++, a quarter of it.
strip --strip-unneeded -o "$to/usr/local/bin/node" /usr/local/bin/node

natives=$(find /app/node_modules -name '*.node')
packages=
# Libraries that a package brings along are in its folder already, and are no part of Debian.
# shellcheck disable=SC2086  # one word each
for library in $(ldd /usr/local/bin/node $natives | awk '$2 == "=>" && $3 ~ /^\// && $3 !~ /^\/app\// { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' | sort -u); do
  mkdir -p "$to$(dirname "$library")"
  cp -L "$library" "$to$library"
  # By name alone: the file list of a package may say /lib where the linker says /usr/lib.
  packages="$packages $(dpkg-query -S "*/$(basename "$library")" | cut -d: -f1)"
done
# What scanners look for, of the packages these files are from.
# shellcheck disable=SC2086  # one word each
for package in $(printf '%s\n' $packages | sort -u); do
  dpkg-query -s "$package"
  echo
done > "$to/var/lib/dpkg/status"

printf 'app:x:10001:10001:app:/data:/sbin/nologin\n' > "$to/etc/passwd"
printf 'app:x:10001:\n' > "$to/etc/group"
printf 'hosts: files dns\n' > "$to/etc/nsswitch.conf"
cp /etc/debian_version /etc/os-release "$to/etc/"
chown 10001:10001 "$to/data" "$to/pictures" "$to/var/cache/node"
chmod 1777 "$to/tmp"
