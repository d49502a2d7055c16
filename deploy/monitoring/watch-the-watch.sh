#!/bin/sh
# Asks whether an alarm would arrive, and tells Slack by itself when none would: a dead Alertmanager tells nobody that it
# is dead, and one whose webhook was revoked has no way to tell that. Every five minutes, by pillivery-watch.timer, on
# another machine than theirs. Told when it begins, every hour while it lasts, and when it is over.
#   PROMETHEUS, ALERTMANAGER (addresses), WEBHOOK_FILE (another webhook than Alertmanager's, or both are revoked at once);
#   STATE (file, default /var/tmp/pillivery-watch)
# Ends with 0 when an alarm would arrive, 1 when not, and with another code when not even Slack could be told.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
state=${STATE:-/var/tmp/pillivery-watch}
ask() { curl -fsS --max-time 10 "$1" 2>&1; }

wrong=
ask "${ALERTMANAGER:?}/-/ready" > /dev/null || wrong='Alertmanager 응답 없음 / does not answer. '
if ! known=$(ask "${PROMETHEUS:?}/api/v1/alertmanagers"); then
  wrong="${wrong}Prometheus 응답 없음 / does not answer. "
else
  case $known in
    *'"activeAlertmanagers":[{'*) ;;
    *) wrong="${wrong}Prometheus가 Alertmanager를 모름 / Prometheus knows no Alertmanager. " ;;
  esac
  # AlarmsNotSent: it comes the very way that is broken.
  if ! unsent=$(ask "$PROMETHEUS/api/v1/query?query=ALERTS%7Balertname%3D%22AlarmsNotSent%22%2Calertstate%3D%22firing%22%7D"); then
    wrong="${wrong}Prometheus가 알람을 알려 주지 않음 / Prometheus does not tell its alarms. "
  else
    case $unsent in
      *'"result":[]'*) ;;
      *'"AlarmsNotSent"'*) wrong="${wrong}Alertmanager가 알람을 보내지 못함 / Alertmanager cannot send alarms. " ;;
      *) wrong="${wrong}Prometheus가 알람을 알려 주지 않음 / Prometheus does not tell its alarms. " ;;
    esac
  fi
fi
tell() { "$here/../batch-vm/tell-slack.sh" "${WEBHOOK_FILE:?}" "$1 deploy/monitoring/runbooks/figures-missing.md"; }

if [ -z "$wrong" ]; then
  [ -e "$state" ] || exit 0
  tell '✅ 알람이 다시 전달됨 / alarms arrive again.' || exit 2
  rm -f "$state"
  exit 0
fi
# Told within the hour, and the same.
if [ -n "$(find "$state" -mmin -60 2> /dev/null)" ] && [ "$(cat "$state")" = "$wrong" ]; then exit 1; fi
tell "🚨 알람이 전달되지 않음 / no alarm would arrive: $wrong" || exit 2
printf '%s' "$wrong" > "$state"
exit 1
