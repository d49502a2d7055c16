#!/bin/sh
# A base backup of the PostgreSQL server named by PGHOST, PGPORT, PGUSER (password: ~/.pgpass or PGPASSFILE). Together
# with the archived WAL (archive.sh) any later moment can be restored. Its tools are of the server's own version.
#   BACKUPS=/backup deploy/backup/backup.sh
# Keeps KEEP_DAYS days (default 14) of base backups; the WAL they need stays, older WAL goes.
# TEXTFILES: folder of node_exporter's text files, where the time of the last backup is told to monitoring.
set -eu
backups=${BACKUPS:?folder of the backups}
keep=${KEEP_DAYS:-14}
draft="$backups/base/.$$"
umask 077
mkdir -p "$backups/base" "$backups/wal"

# Two at once would only hurry each other.
exec 9> "$backups/lock"
flock -n 9 || { echo 'another backup is under way' >&2; exit 75; }

# The backup holds no WAL of its own: without an archive it could never be restored, and would pass for a good one.
archives=$(psql -XAtw -d "${PGDATABASE:-postgres}" -c "select case
  when current_setting('archive_mode') = 'always' then 'archives'
  when pg_is_in_recovery() then 'standby'
  when current_setting('archive_mode') = 'on' then 'archives'
  else 'off' end")
case $archives in
  archives) ;;
  # The same timer runs on every machine of a group: the leader makes it, wherever that is.
  standby) echo 'this is a standby, which archives nothing: the leader makes the backup' >&2; exit 75 ;;
  *) echo 'archive_mode is off here: turn archiving on first (archive.sh)' >&2; exit 78 ;;
esac

# Without WAL it ends only when the archive has what the backup needs.
pg_basebackup -D "$draft" -Ft -z -X none -c fast --manifest-checksums=SHA256 --no-password
# Named by its end: it can be restored to any moment after that.
name=$(date -u +%Y%m%dT%H%M%SZ)
mv "$draft" "$backups/base/$name"

find "$backups/base" -mindepth 1 -maxdepth 1 -type d -name '.*' -mtime +1 -exec rm -r {} +
find "$backups/base" -mindepth 1 -maxdepth 1 -type d -name '2*' -mtime "+$keep" -exec rm -r {} +
# WAL that even the oldest backup does not need.
oldest=$(find "$backups/base" -mindepth 1 -maxdepth 1 -type d -name '2*' | sort | head -n 1)
first=$(tar -xzOf "$oldest/base.tar.gz" ./backup_label 2>/dev/null || tar -xzOf "$oldest/base.tar.gz" backup_label)
first=$(printf '%s\n' "$first" | sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p')
for file in "$backups/wal"/*; do
  segment=$(basename "$file")
  case $segment in *.history | '*') continue ;; esac
  [ "$(printf '%s\n%s\n' "$(printf '%.24s' "$segment")" "$first" | sort | head -n 1)" = "$first" ] || rm "$file"
done

if [ -n "${TEXTFILES:-}" ]; then
  # Read by another account. The backup is made, told or not: failing here would only make another one.
  {
    printf 'backup_finished_seconds %s\n' "$(date +%s)" > "$TEXTFILES/.backup.prom" &&
      chmod 644 "$TEXTFILES/.backup.prom" &&
      mv "$TEXTFILES/.backup.prom" "$TEXTFILES/backup.prom"
  } || echo "monitoring is not told: $(id -un) cannot write in $TEXTFILES" >&2
fi
echo "$backups/base/$name"
