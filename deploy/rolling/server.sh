#!/bin/sh
# On a server: releases are folders, `current` is a link to one of them. rolling.ts sends this script along and runs it.
#   server.sh current                 prints the release that is current
#   server.sh receive RELEASE         unpacks a release from standard input
#   server.sh switch RELEASE          makes it current and restarts the service
#   server.sh health RELEASE SECONDS  waits until the service is ready and says it is this release
#   server.sh tidy KEEP               removes all but the newest KEEP releases, never the current one
# ROOT (default /srv/pillivery), RESTART (default: systemctl restart pillivery), URL (default http://127.0.0.1:8080)
set -eu
root=${ROOT:-/srv/pillivery}
restart=${RESTART:-sudo systemctl restart pillivery}
url=${URL:-http://127.0.0.1:8080}

# Names come from outside; they become folders here.
named() {
  case $1 in
    '' | .* | *[!A-Za-z0-9._+-]*) echo "not a release: $1" >&2; exit 64 ;;
  esac
}

case ${1:-} in
  current)
    if [ -L "$root/current" ]; then basename "$(readlink "$root/current")"; else echo none; fi
    ;;
  receive)
    named "$2"
    mkdir -p "$root/releases"
    # Whole or not at all: a connection may break off.
    draft=$(mktemp -d "$root/releases/.draft.XXXXXX")
    trap 'rm -rf "$draft"' EXIT
    tar -xz -C "$draft"
    [ -d "$root/releases/$2" ] || mv "$draft" "$root/releases/$2"
    ;;
  switch)
    named "$2"
    [ -d "$root/releases/$2" ] || { echo "there is no release $2 here" >&2; exit 66; }
    ln -sfn "releases/$2" "$root/.next"
    mv -T "$root/.next" "$root/current"
    $restart
    ;;
  health)
    named "$2"
    waited=0
    said=nothing
    while [ "$waited" -lt "$3" ]; do
      if said=$(curl -fsS --max-time 5 "$url/health/ready" 2>&1); then
        case $said in *"\"release\":\"$2\""*) exit 0 ;; esac
      fi
      waited=$((waited + 1))
      sleep 1
    done
    echo "not ready as $2 within $3 s: $said" >&2
    exit 1
    ;;
  tidy)
    cd "$root/releases"
    current=$(basename "$(readlink "$root/current")")
    # Names of releases have no spaces: see named().
    find . -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%T@ %f\n' | sort -rn | cut -d' ' -f2 |
      tail -n "+$(($2 + 1))" | while read -r old; do
        [ "$old" = "$current" ] || rm -rf "./$old"
      done
    ;;
  *)
    sed -n '3,8p' "$0" >&2
    exit 64
    ;;
esac
