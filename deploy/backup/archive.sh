#!/bin/sh
# PostgreSQL's archive_command: keeps one finished piece of WAL.
#   archive_mode = on
#   archive_command = 'BACKUPS=/backup /opt/pillivery/deploy/backup/archive.sh %p %f'
#   archive_timeout = 60
# Ends with 0 only when the piece is on the disk. One that is there already counts if it is the same; another one under
# its name is never written over.
set -eu
wal="${BACKUPS:?folder of the backups}/wal"
from=$1
to="$wal/$2"
umask 077
mkdir -p "$wal"
if [ -e "$to" ]; then
  cmp -s "$from" "$to"
  exit
fi
cp "$from" "$to.draft"
sync "$to.draft"
mv "$to.draft" "$to"
sync "$wal"
