import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'rolldown/utils'

/**
 * Lets Node run `.tsx`: it strips types itself, but knows no JSX. To be imported before the first page is; pages are
 * imported by `await import()` afterwards.
 */
registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context)
    const file = fileURLToPath(url)
    const { code, errors } = transformSync(file, readFileSync(file, 'utf8'), {
      jsx: { runtime: 'automatic' },
      sourcemap: false,
    })
    const [error] = errors
    if (error) throw new SyntaxError(`${file}: ${error.message}`)
    return { format: 'module', source: code, shortCircuit: true }
  },
})
