#!/bin/sh
# After a run that succeeded: switches the machine off when for OFF_AFTER_SECONDS (default 120) nobody was there by SSH.
# Whoever deploys to it, or looks at it, starts it, comes within that time, and keeps it on for as long as he stays; a
# session that was forgotten for OFF_AT_LATEST_SECONDS at most (default three hours), or the next night would not boot.
set -eu
patience=${OFF_AFTER_SECONDS:-120}
most=${OFF_AT_LATEST_SECONDS:-10800}
alone=0
waited=0
while [ "$alone" -lt "$patience" ] && [ "$waited" -lt "$most" ]; do
  sleep 1
  waited=$((waited + 1))
  if [ -n "$(ss -Htn state established '( sport = :22 )')" ]; then alone=0; else alone=$((alone + 1)); fi
done
exec systemctl --no-block poweroff
