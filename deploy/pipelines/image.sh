#!/bin/sh
# Builds the image of RELEASE as IMAGE:RELEASE and pushes it. With IMAGE empty it only builds; with a password
# for a registry that is a mistake.
#   RELEASE, IMAGE, REGISTRY_USER, REGISTRY_PASSWORD; BUILD_OPTIONS for docker build (--secret id=npmrc,…)
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${IMAGE:-}" ] && [ -n "${REGISTRY_PASSWORD:-}" ]; then
  echo 'REGISTRY_PASSWORD is given, but no IMAGE to push' >&2
  exit 64
fi
name="${IMAGE:-pillivery}:${RELEASE:?commit and number of the build}"
# shellcheck disable=SC2086  # several words
DOCKER_BUILDKIT=1 docker build ${BUILD_OPTIONS:-} -f deploy/images/Dockerfile --build-arg RELEASE="$RELEASE" -t "$name" .
[ -n "${IMAGE:-}" ] || exit 0
if [ -n "${REGISTRY_PASSWORD:-}" ]; then
  # On standard input: a command line is seen by everybody on the machine.
  printf '%s' "$REGISTRY_PASSWORD" | docker login --username "${REGISTRY_USER:?}" --password-stdin "${IMAGE%%/*}"
fi
docker push "$name"
