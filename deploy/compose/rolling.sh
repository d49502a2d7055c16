#!/bin/sh
# Replaces both api servers and the worker by another image, one after the other, without losing a request:
#   deploy/compose/rolling.sh [IMAGE]        without IMAGE it restarts what runs
# Each server is taken out of nginx first, replaced, waited for, and put back. One that does not become healthy stays
# out, the other goes on as it was, and the exit code is 1. COMPOSE is the command, with its options.
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-docker compose}
folder=${UPSTREAM:-./nginx}
[ $# -eq 0 ] || export IMAGE="$1"
nginx='nginx -e stderr -c /etc/nginx/pillivery/nginx.conf -p /etc/nginx/pillivery/'

# Writes which servers take requests; $1 does not. It is left out, not `down`: of two servers with one down, nginx gives
# up the other for seconds when it is slow twice; of one alone never.
upstream() {
  for one in api1 api2; do
    [ "$one" = "$1" ] || printf 'server %s:8080 max_fails=2 fail_timeout=5s;\n' "$one"
  done > "$folder/upstream.conf"
  # shellcheck disable=SC2086  # several words
  $compose exec -T nginx $nginx -s reload
  # Old workers of nginx end what they have begun.
  sleep "${SETTLE_SECONDS:-2}"
}

$compose run --rm --no-deps migrate
for server in api1 api2; do
  echo "replacing $server"
  upstream "$server"
  if ! $compose up -d --no-deps --force-recreate --wait "$server"; then
    echo "$server did not become healthy; it gets no requests, the other server goes on" >&2
    exit 1
  fi
  upstream none
done
$compose up -d --no-deps --force-recreate --wait worker
