#!/bin/sh
# On the server with nginx: takes one application server out of it, or puts it back.
#   front.sh out HOST:PORT | front.sh in HOST:PORT
# FILE (default /etc/nginx/host/upstream.conf), RELOAD (default: nginx -t && nginx -s reload), SETTLE_SECONDS (2)
set -eu
file=${FILE:-/etc/nginx/host/upstream.conf}
reload=${RELOAD:-sudo nginx -t -q && sudo nginx -s reload}
server=$2
# The account of deployments may write this one file of nginx's, and none beside it.
next=$(mktemp)
trap 'rm -f "$next"' EXIT
grep -q "^\(# out: \)\{0,1\}server ${server}[ ;]" "$file" || { echo "$file does not name $server" >&2; exit 66; }
# Not `down`: of two servers with one down, nginx gives up the other for seconds when it is slow twice; of one alone never.
case $1 in
  out)
    # The last one is never taken out: a deployment must not be what closes the shop.
    others=$(grep '^server ' "$file" | grep -vc "^server ${server}[ ;]" || true)
    [ "$others" -gt 0 ] || { echo "$server is the last one that takes requests" >&2; exit 75; }
    sed "s/^server ${server}[ ;]/# out: &/" "$file" > "$next"
    ;;
  in) sed "s/^# out: \(server ${server}[ ;]\)/\1/" "$file" > "$next" ;;
  *) exit 64 ;;
esac
cat "$next" > "$file"
sh -c "$reload"
# Old workers of nginx end what they have begun.
sleep "${SETTLE_SECONDS:-2}"
