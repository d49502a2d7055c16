import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { scriptSizesOf, sizesText } from './sizes.ts'
import { BUILDER, hashOfSources } from './sources.ts'

const run = promisify(execFile)

/** Bytes, compressed. What a change of them costs is to be a decision, written down in CONTRIBUTING. */
const MOST_FIRST = 138_000
const MOST_OF_A_PAGE = 32_000

it('loads no more scripts than was decided, and each page by itself', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'console-sizes-'))
  try {
    const { stdout } = await run(process.execPath, [BUILDER, folder], {
      env: { ...process.env, NODE_ENV: 'production' },
    })
    const sizes = scriptSizesOf(join(folder, hashOfSources()))
    const text = sizesText(sizes)
    expect(stdout).toContain(text)
    expect(sizes.first, text).toBeLessThan(MOST_FIRST)
    expect(
      [...sizes.pages].filter(([, bytes]) => bytes > MOST_OF_A_PAGE),
      text,
    ).toEqual([])
    // Rooms are apart: none of them is in what everybody loads.
    expect(sizes.pages.size).toBeGreaterThan(25)
    expect(Math.min(...sizes.pages.values())).toBeGreaterThan(0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
