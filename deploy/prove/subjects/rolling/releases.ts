import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Proof } from '../../kit/proof.ts'
import { run } from '../../kit/shell.ts'

/** Archives of releases of this checkout, by their names. */
export interface Releases {
  /** What the pipelines pack. */
  first: { name: string; archive: string }
  /** The same with another version. */
  second: { name: string; archive: string }
  /** Ends at once on the hosts `app2` and `batch`, and is well elsewhere. */
  bad: { name: string; archive: string }
}

/** Packs this checkout as the pipelines do, and two variants of it. */
export async function packReleases(proof: Proof): Promise<Releases> {
  const path = (...parts: string[]) => join(proof.folder, ...parts)
  const commit = (await run('git', ['rev-parse', '--short', 'HEAD'])).trim()
  const [first, second, bad] = [`${commit}-1`, `${commit}-2`, `${commit}-3`]
  const archive = (name: string) => path(`${name}.tar.gz`)
  await run('deploy/pipelines/pack.sh', [archive(first)], { env: { RELEASE: first } })

  const folder = path('release')
  mkdirSync(folder)
  await run('tar', ['-xzf', archive(first), '-C', folder])
  const repack = async (name: string) => {
    writeFileSync(join(folder, 'release.env'), `RELEASE=${name}\n`)
    await run('tar', ['-c', '-I', 'gzip -1', '-f', archive(name), '-C', folder, '.'])
  }
  const change = (file: string, by: (text: string) => string) => {
    const before = readFileSync(join(folder, file), 'utf8')
    writeFileSync(join(folder, file), by(before))
  }
  change('package.json', (text) => text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'))
  await repack(second)
  change(
    'src/main.ts',
    (text) =>
      `import { hostname } from 'node:os'\nif (['app2', 'batch'].includes(hostname())) process.exit(1)\n${text}`,
  )
  await repack(bad)
  rmSync(folder, { recursive: true })
  return {
    first: { name: first, archive: archive(first) },
    second: { name: second, archive: archive(second) },
    bad: { name: bad, archive: archive(bad) },
  }
}
