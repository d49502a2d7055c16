import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { installJava } from './java.ts'

/** A machine on which there is only what a test puts here. */
let machine: string
let said: string[]
beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'no-java-'))
  said = []
  for (const tool of ['sh', 'chmod', 'cat']) symlinkSync(`/bin/${tool}`, join(machine, tool))
  vi.stubEnv('PATH', machine)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(machine, { recursive: true })
})

const put = (tool: string, script: string) => {
  writeFileSync(join(machine, tool), `#!${machine}/sh\n${script}\n`)
  chmodSync(join(machine, tool), 0o755)
}
/** Java says it where errors are told. */
const says = (line: string) => `echo '${line}' >&2`
const asUser = (id: number) => {
  if (process.getuid) vi.spyOn(process, 'getuid').mockReturnValue(id)
}
const install = () => installJava((line) => said.push(line), new AbortController().signal)

it('does nothing where both are there, and says what is missing where nothing can be installed', async () => {
  put('java', says('openjdk version "17.0.15" 2025-04-15'))
  expect(await install()).toBe('mvn cannot be found')
  put('mvn', 'exit 0')
  expect(await install()).toBeUndefined()
  expect(said).toEqual([])
})

it('installs them as root, and tells each package', async () => {
  asUser(0)
  put(
    'apt-get',
    `case "$1" in install)
       echo 'Reading package lists...'
       echo 'Unpacking maven (3.8.7) ...'
       printf '#!${machine}/sh\\necho openjdk version \\\\"17.0.15\\\\" >&2\\n' > ${machine}/java; echo '#!${machine}/sh' > ${machine}/mvn
       chmod +x ${machine}/java ${machine}/mvn
       echo 'Setting up maven (3.8.7) ...';; esac`,
  )
  expect(await install()).toBeUndefined()
  expect(said).toEqual([
    expect.stringContaining(
      'java cannot be found and mvn cannot be found: installing openjdk-17-jre-headless and maven',
    ),
    '  Unpacking maven (3.8.7) ...',
    '  Setting up maven (3.8.7) ...',
  ])
})

it('installs nothing for others, and tells the last words of an apt-get that failed', async () => {
  put('apt-get', `case "$1" in install) echo 'E: Unable to locate package maven' >&2; exit 100;; esac`)
  asUser(1000)
  expect(await install()).toBe(
    'java cannot be found and mvn cannot be found, and only root may install packages',
  )
  asUser(0)
  expect(await install()).toBe(
    'java cannot be found and mvn cannot be found, and apt-get failed: E: Unable to locate package maven',
  )
  put('apt-get', 'exit 0')
  expect(await install()).toBe('java cannot be found and mvn cannot be found, also after apt-get')
})

it.each([
  ['openjdk version "11.0.22" 2024-01-16', 'java is 11, and 17 or newer is needed'],
  ['java version "1.8.0_412"', 'java is 8, and 17 or newer is needed'],
  ['something else', 'java is of a version nobody knows, and 17 or newer is needed'],
  ['openjdk version "17" 2021-09-14', undefined],
  ['openjdk version "21.0.2" 2024-01-16 LTS', undefined],
  ['openjdk version "25-ea" 2025-09-16', undefined],
])('of a Java that says %s: %s', async (line, problem) => {
  put('java', says(line))
  put('mvn', 'exit 0')
  expect(await install()).toBe(problem)
})
