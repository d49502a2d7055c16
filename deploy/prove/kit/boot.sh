#!/usr/bin/env bash
# Boots a folder with the systemd of this machine as process 1, in namespaces of its own; ends when it powers off.
#   boot.sh ROOT CGROUP [CHECKOUT]
# The folder needs etc, var and mount points (machine.ts makes them); programs are this machine's, read-only. With
# CHECKOUT it lies where a release would. The network is that of whoever calls (nsenter --net).
set -euo pipefail
echo "$BASHPID" > "$2/cgroup.procs"
# shellcheck disable=SC2016 # the inner shell expands it
exec unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --cgroup bash -euc '
  root=$1
  mount --bind "$root" "$root"
  cd "$root"
  mount --bind /usr usr
  mount -o remount,bind,ro usr
  mount --bind usr-local-lib usr/local/lib
  if [ -n "$2" ]; then
    for part in "$2"/*; do
      at=srv/pillivery/current/${part##*/}
      if [ -d "$part" ]; then mkdir -p "$at"; else touch "$at"; fi
      mount --bind "$part" "$at"
      mount -o remount,bind,ro "$at"
    done
  fi
  mount -t proc proc proc
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sys sys
  mount -t cgroup2 cgroup sys/fs/cgroup
  mount -t tmpfs -o mode=755 run run
  mount -t tmpfs tmp tmp
  mount -t tmpfs -o mode=755 dev dev
  for node in null zero full random urandom tty; do
    touch "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  mount -t tmpfs shm dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  touch dev/console
  mount --bind /dev/null dev/console
  # As on a machine: without it systemd cannot hand credentials to a service other than by a folder only root reads.
  mount --make-rshared "$root"
  hostname "$(cat etc/hostname)"
  exec env -i container=proof PATH=/usr/sbin:/usr/bin \
    chroot . /lib/systemd/systemd --log-target=journal --show-status=false
' boot "$1" "${3:-}"
