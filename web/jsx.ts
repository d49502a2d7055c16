import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compiled } from './compiled.ts'

/**
 * Lets Node run `.tsx`: it strips types itself, but knows no JSX. To be imported before the first page is; pages are
 * imported by `await import()` afterwards.
 */
registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context)
    const file = fileURLToPath(url)
    return {
      format: 'module',
      source: compiled('page', file, readFileSync(file, 'utf8')),
      shortCircuit: true,
    }
  },
})
