#!/bin/sh
# Runs a command of Pillivery on a server, as its units would: with their settings and secrets, and their account.
#   sudo pillivery billing report
# Installed as /usr/local/sbin/pillivery. Ends with the code of the command. A file it shall read must be readable by the account `pillivery`.
set -eu
etc=/etc/pillivery
release=/srv/pillivery/current
settings=$etc/pillivery.env
# The batch machine has no other.
[ -e "$settings" ] || settings=$etc/batch.env
unit=pillivery-by-hand-$$
# Not by --setenv: what the settings say comes after that, and the batch machine's name a folder that cannot be written here.
set -- -- /usr/bin/env DATA_DIR="/run/$unit" "$release/node_modules/.bin/node" src/main.ts "$@"
for file in "$etc"/secrets/*; do
  secret=$(basename "$file")
  name=$(printf '%s' "$secret" | tr '[:lower:]' '[:upper:]')
  set -- -p "LoadCredential=$secret:$file" --setenv="${name}_FILE=/run/credentials/$unit.service/$secret" "$@"
done
exec systemd-run --quiet --collect --wait --pipe --unit="$unit" \
  -p User=pillivery -p WorkingDirectory="$release" -p RuntimeDirectory="$unit" \
  --setenv=NODE_ENV=production \
  -p EnvironmentFile="$settings" -p EnvironmentFile="$release/release.env" --setenv=LOG_LEVEL=warn \
  -p NoNewPrivileges=yes -p ProtectSystem=strict -p PrivateDevices=yes -p CapabilityBoundingSet= "$@"
