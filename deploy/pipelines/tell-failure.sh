#!/bin/sh
# Tells Slack that a step failed before anything was rolled out: tell-failure.sh STEP. A silent Slack ends with 0 all the
# same: the step has failed already, and its own reason must be the last that is said.
#   RELEASE, ABOUT, SLACK_WEBHOOK (address; may be empty)
set -eu
step=$1
# Nothing in a name of ours needs what JSON would have to escape.
text=$(printf '❌ %s: %s 실패, 배포하지 않음 / failed, nothing was deployed\\n%s' "${RELEASE:?}" "$step" "${ABOUT:-}" | tr -d '"')
if [ -z "${SLACK_WEBHOOK:-}" ]; then
  echo "nobody is told that $step failed: there is no SLACK_WEBHOOK"
  exit 0
fi
# The address is a secret: by standard input, not on a command line.
printf 'url = "%s"\n' "$SLACK_WEBHOOK" |
  curl --config - --silent --show-error --fail --max-time 10 --retry 2 --output /dev/null \
    --header 'content-type: application/json' --data "{\"text\":\"$text\"}" || echo "Slack could not be told that $step failed"
