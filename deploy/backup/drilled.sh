#!/bin/sh
# Notes for monitoring that a restore has been tried and its books were right:
#   TEXTFILES=/var/lib/prometheus/node-exporter deploy/backup/drilled.sh
set -eu
folder=${TEXTFILES:?folder of the text files of node_exporter}
printf 'restore_drill_finished_seconds %s\n' "$(date +%s)" > "$folder/.restore-drill.prom"
mv "$folder/.restore-drill.prom" "$folder/restore-drill.prom"
