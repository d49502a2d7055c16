#!/bin/sh
# Restores the latest base backup before a moment, and the WAL up to it, into an empty folder, for a server to start on:
#   BACKUPS=/backup deploy/backup/restore.sh FOLDER '2026-11-29 13:45:00+09'
#   BACKUPS=/backup deploy/backup/restore.sh FOLDER            up to the last piece of WAL there is
# Then: pg_ctl -D FOLDER start. It becomes a server of its own (a new timeline) when it has reached the moment.
# Afterwards these settings go, before the next backup: see README.md.
set -eu
backups=$(cd "${BACKUPS:?folder of the backups}" && pwd)
folder=$1
moment=${2:-}
if [ -d "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
  echo "$folder is not empty" >&2
  exit 1
fi
chosen=
limit=${moment:+$(date -u -d "$moment" +%Y%m%dT%H%M%SZ)}
for backup in "$backups"/base/2*; do
  name=$(basename "$backup")
  if [ -z "$limit" ] || [ "$(printf '%s\n%s\n' "$name" "$limit" | sort | head -n 1)" = "$name" ]; then chosen=$backup; fi
done
[ -n "$chosen" ] || { echo 'there is no backup from before that moment' >&2; exit 1; }

umask 077
mkdir -p "$folder"
chmod 700 "$folder"
tar -xzf "$chosen/base.tar.gz" -C "$folder"
# Settings of an earlier restore come along in the backup: an old moment would end this one, or keep it from starting.
settings="$folder/postgresql.auto.conf"
touch "$settings"
sed -i -E '/^[[:space:]]*(recovery_[a-z_]+|restore_command|archive_mode)[[:space:]=]/Id' "$settings"
{
  printf "restore_command = 'cp \"%s/wal/%%f\" \"%%p\"'\n" "$backups"
  printf "recovery_target_action = 'promote'\n"
  # Never archive into the archive it is restored from before somebody has decided so.
  printf "archive_mode = off\n"
  if [ -n "$moment" ]; then
    printf "recovery_target_time = '%s'\nrecovery_target_inclusive = on\n" "$moment"
  fi
} >> "$settings"
: > "$folder/recovery.signal"
echo "$chosen"
