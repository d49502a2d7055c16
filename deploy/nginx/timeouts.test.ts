import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

function numberIn(file: string, pattern: RegExp): number {
  const found = pattern.exec(read(file))?.[1]
  if (found === undefined) throw new Error(`${file} says nothing of ${pattern.source}`)
  return Number(found.replaceAll('_', ''))
}

it('nginx hangs up later than the application gives up: who hangs up first knows least', () => {
  const nginxMs = 1_000 * numberIn('deploy/nginx/nginx.conf', /proxy_read_timeout (\d+)s;/)
  expect(nginxMs).toBeGreaterThan(numberIn('src/platform/http/server.ts', /requestTimeout: ([\d_]+)/))
  expect(nginxMs).toBeGreaterThan(
    numberIn('src/services/shop-settings.ts', /'PAYMENT_TIMEOUT_MS',\s+'(\d+)'/),
  )
})

it('nor do settings that are shipped ask for more', () => {
  const nginxMs = 1_000 * numberIn('deploy/nginx/nginx.conf', /proxy_read_timeout (\d+)s;/)
  for (const file of ['deploy/compose/settings.env', 'deploy/kubernetes/pillivery/values.yaml']) {
    for (const [, ms] of read(file).matchAll(/PAYMENT_TIMEOUT_MS\W+(\d+)/g))
      expect(nginxMs).toBeGreaterThan(Number(ms))
  }
})
