import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { scriptSizesOf, sizesText } from './pages/console/sizes.ts'
import { hashOfSources, PREBUILT } from './pages/console/sources.ts'

/**
 * Builds the operator console into `<folder>/<hash of its sources>`, by default where a container image keeps it
 * (`npm run build:console`). The server starts this as a process of its own: building inside of it would leave 300 MB.
 * What is built appears at once and whole, also when several build at the same time.
 */
async function buildConsole(folder: string): Promise<string> {
  const hash = hashOfSources()
  const target = join(folder, hash)
  const draft = join(folder, `${hash}.${randomUUID()}`)
  await mkdir(draft, { recursive: true })
  try {
    await build({
      configFile: false,
      root: join(import.meta.dirname, 'console'),
      base: '/console/',
      logLevel: 'error',
      build: {
        outDir: draft,
        emptyOutDir: false,
        manifest: true,
        modulePreload: { polyfill: false },
        target: 'es2024',
        rolldownOptions: { input: join(import.meta.dirname, 'console/main.tsx') },
      },
    })
    const assets = join(draft, 'assets')
    for (const name of readdirSync(assets)) {
      const file = join(assets, name)
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }))
    }
    await rm(target, { recursive: true, force: true })
    await rename(draft, target)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return target
}

if (import.meta.main) {
  const target = await buildConsole(resolve(process.argv[2] ?? PREBUILT))
  console.log(`The console is built: ${target}\n${sizesText(scriptSizesOf(target))}`)
}
