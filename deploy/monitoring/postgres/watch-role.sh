#!/bin/sh
# Makes the role that postgres_exporter logs in by, or gives it another password: it may see figures, and reads no table.
#   PASSWORD_FILE, and psql's own settings (PGHOST, PGUSER, PGPASSWORD …) of somebody who may make roles; ROLE (default
#   pillivery_watch)
# The password is handed to psql as a variable, read from the environment: no command line shows it.
set -eu
role=${ROLE:-pillivery_watch}
WATCH_PASSWORD=$(tr -d '\r\n' < "${PASSWORD_FILE:?file with the password of the role}")
[ -n "$WATCH_PASSWORD" ] || { echo "$PASSWORD_FILE is empty" >&2; exit 64; }
export WATCH_PASSWORD
psql -X -q -v ON_ERROR_STOP=1 -v role="$role" <<'SQL'
\getenv password WATCH_PASSWORD
set client_min_messages = warning;
-- What is logged of a failing statement must not hold the password.
set log_min_error_statement = panic;
set log_statement = 'none';
select format('create role %I', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec
alter role :"role" login nosuperuser nocreatedb nocreaterole connection limit 5 password :'password';
grant pg_monitor to :"role";
SQL
