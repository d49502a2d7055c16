#!/bin/sh
# Packs RELEASE as a release of deploy/rolling and rolls it out. Rolled back and not begun end with 1; Slack is told by
# rolling.ts in every case.
#   RELEASE, ABOUT, PLAN (JSON), SSH_CONFIG, SSH_KEY, KNOWN_HOSTS (contents), SLACK_WEBHOOK (address; may be empty)
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
umask 077
printf '%s\n' "${SSH_KEY:?}" > "$folder/key"
printf '%s\n' "${KNOWN_HOSTS:?}" > "$folder/known_hosts"
# The configuration names the files as @key@ and @known_hosts@: it does not know where a build keeps them.
printf '%s\n' "${SSH_CONFIG:?}" | sed "s#@key@#$folder/key#; s#@known_hosts@#$folder/known_hosts#" > "$folder/ssh_config"
printf '%s\n' "${PLAN:?}" | sed "s#@ssh_config@#$folder/ssh_config#" > "$folder/plan.json"

npm ci --no-audit --no-fund
deploy/pipelines/pack.sh "$folder/release.tar.gz"

set -- --plan "$folder/plan.json" --release "$RELEASE" --archive "$folder/release.tar.gz" --about "${ABOUT:-}"
if [ -n "${SLACK_WEBHOOK:-}" ]; then
  printf '%s' "$SLACK_WEBHOOK" > "$folder/slack"
  set -- "$@" --slack-webhook-file "$folder/slack"
fi
npm run --silent roll-out -- "$@"
