import { flushCompileCache } from 'node:module'

/**
 * Loads what a server and the commands load, so that Node keeps it compiled (NODE_COMPILE_CACHE): a start then neither
 * takes types out of a thousand files nor compiles them. Run while the image is built.
 */
for (const part of ['program', 'serve', 'one-shot', 'migrate-roles', 'billing-command'])
  await import(new URL(`../../src/cli/${part}.ts`, import.meta.url).href)
await import(new URL('../../web/jsx.ts', import.meta.url).href)
await import(new URL('../../web/pages/index.ts', import.meta.url).href)
flushCompileCache()
