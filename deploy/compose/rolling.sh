#!/bin/sh
# Replaces both api servers and the worker by another image, one after the other, without losing a request:
#   deploy/compose/rolling.sh [IMAGE]        without IMAGE it restarts what runs
# Each server is taken out of nginx first, replaced, waited for, and put back. One that does not become healthy stays
# out, the other goes on as it was, and the exit code is 1. The same command with the earlier image goes back: it begins
# with the server that is out, and takes none out while the other one takes no requests.
# COMPOSE is the command, with its options. ENV_FILE (default ./.env) remembers IMAGE when all are replaced.
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-docker compose}
folder=${UPSTREAM:-./nginx}
settings=${ENV_FILE:-./.env}
[ $# -eq 0 ] || export IMAGE="$1"
nginx='nginx -e stderr -c /etc/nginx/pillivery/nginx.conf -p /etc/nginx/pillivery/'

in_front() { grep -q "^server $1:" "$folder/upstream.conf"; }

# In front and healthy: customers can do without the other one.
serves() {
  # shellcheck disable=SC2086  # several words
  in_front "$1" && [ "$($compose ps --format '{{.Health}}' "$1")" = healthy ]
}

# Writes which servers take requests. One that does not is left out, not `down`: of two servers with one down, nginx
# gives up the other for seconds when it is slow twice; of one alone never.
upstream() {
  for one; do printf 'server %s:8080 max_fails=2 fail_timeout=5s;\n' "$one"; done > "$folder/upstream.conf"
  # shellcheck disable=SC2086  # several words
  $compose exec -T nginx $nginx -s reload
  # Old workers of nginx end what they have begun.
  sleep "${SETTLE_SECONDS:-2}"
}

# The one customers can do without is replaced first: it may be out, or ill, since an attempt that failed.
order='api1 api2'
if ! serves api2; then
  if serves api1 || ! in_front api2; then order='api2 api1'; fi
fi

# A release that is the first to know it finds none running. Servers do without it: it is not waited for.
$compose up -d --no-deps redis || echo 'Redis did not start; the servers do without it' >&2
$compose run --rm --no-deps migrate
for server in $order; do
  case $server in api1) other=api2 ;; *) other=api1 ;; esac
  if serves "$server" && ! serves "$other"; then
    echo "$other takes no requests: $server stays as it is" >&2
    exit 1
  fi
  echo "replacing $server"
  if in_front "$server" && in_front "$other"; then upstream "$other"; fi
  if ! $compose up -d --no-deps --force-recreate --wait "$server"; then
    echo "$server did not become healthy; it gets no requests, the other server goes on" >&2
    exit 1
  fi
  if in_front "$other"; then upstream api1 api2; else upstream "$server"; fi
done
$compose up -d --no-deps --force-recreate --wait worker

# What a later `docker compose up` starts again is what runs now.
if [ $# -gt 0 ]; then
  umask 077
  { grep -sv '^IMAGE=' "$settings" || true; printf 'IMAGE=%s\n' "$1"; } > "$settings.next"
  mv "$settings.next" "$settings"
fi
