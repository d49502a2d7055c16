import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-'))
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho "docker $1"\n', { mode: 0o755 })
})
afterEach(() => rmSync(folder, { recursive: true }))

it.each([
  [{}, 0, 'docker build\n'],
  [{ IMAGE: '', REGISTRY_PASSWORD: 'secret' }, 64, ''],
  [{ IMAGE: 'registry/shop' }, 0, 'docker build\ndocker push\n'],
  [
    { IMAGE: 'registry/shop', REGISTRY_USER: 'u', REGISTRY_PASSWORD: 'secret' },
    0,
    'docker build\ndocker login\ndocker push\n',
  ],
])('image.sh with %o ends with %i', (env, code, said) => {
  const { status, stdout } = spawnSync(join(import.meta.dirname, 'image.sh'), {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env.PATH}`, RELEASE: 'r1', ...env },
  })
  expect({ status, stdout }).toEqual({ status: code, stdout: said })
})
