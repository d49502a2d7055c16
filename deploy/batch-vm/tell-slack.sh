#!/bin/sh
# Tells Slack a text. The address of the webhook is a secret: it comes from a file, and goes to curl by standard input.
#   tell-slack.sh WEBHOOK_FILE TEXT…
set -eu
address=$(tr -d '\r\n' < "$1")
shift
# A JSON string: no control characters, backslashes and quotes escaped, lines joined by \n. Other bytes stay (UTF-8).
text=$(printf '%s' "$*" | tr '\t' ' ' | tr -d '\000-\010\013-\037\177' | sed 's/[\\"]/\\&/g' |
  awk '{ printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }')
printf 'url = "%s"\n' "$address" |
  curl -fsS --max-time 20 -H 'content-type: application/json' --data-raw "{\"text\":\"$text\"}" --config -
