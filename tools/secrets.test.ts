import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const LARGEST_BYTES = 2_000_000

/** What a secret looks like, and files in which one of the kind is invented for tests. */
const KINDS: readonly { name: string; looks: RegExp; invented?: readonly string[] }[] = [
  {
    name: 'private key',
    looks: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*\S{40}/,
    invented: ['src/platform/resilience/test-certificate.ts'],
  },
  {
    name: 'live key of Toss Payments',
    looks: /\blive_g?[sc]k_\w{8}/,
    invented: ['src/services/config.test.ts'],
  },
  { name: 'secret key of KakaoPay', looks: /\bPRD[0-9A-F]{20}/ },
  { name: 'address of a Slack webhook', looks: /hooks\.slack\.com\/services\/T\w{6}/ },
  { name: 'token of GitHub, GitLab or Slack', looks: /\b(?:gh[opsu]_\w{30}|glpat-\w{20}|xox[abp]-\d{6})/ },
  { name: 'key of a cloud', looks: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b/ },
  // Development and tests name their passwords after themselves; nothing else belongs into an address.
  {
    name: 'password in an address of a database',
    looks:
      /\b(?:postgres(?:ql)?|rediss?|amqps?|mongodb):\/\/\w+:(?!\$|secret|password@|hunter2@|pw|pillivery|test|dev|x{3}|<|…|%)\w{6,}@(?!localhost|127\.)/,
  },
]

const files = globSync(['**/*', '.ci/**/*', '.github/**/*'], {
  cwd: ROOT,
  exclude: (path) =>
    /^(?:node_modules|dist|coverage|screenshots|reports|\.\w+)$/.test(path) &&
    !/^\.(?:ci|github)$/.test(path),
}).filter((file) => {
  const about = statSync(join(ROOT, file))
  return about.isFile() && about.size < LARGEST_BYTES
})

it.each(KINDS)('no file holds a $name', ({ looks, invented = [] }) => {
  const found = files.filter((file) => looks.test(readFileSync(join(ROOT, file), 'utf8')))
  // Those named must hold one: a pattern that finds nothing any more would pass for ever.
  expect(found.map((file) => file.replaceAll('\\', '/')).sort()).toEqual([...invented].sort())
})

it.each([
  ['private key', `-----BEGIN RSA PRIVATE KEY-----\n${'A'.repeat(64)}`],
  ['secret key of KakaoPay', `PRD${'0A'.repeat(15)}`],
  ['address of a Slack webhook', `https://hooks.slack.com/${'services'}/T0123456/B0/x`],
  ['token of GitHub, GitLab or Slack', `ghp_${'a'.repeat(36)}`],
  ['key of a cloud', `AKIA${'A'.repeat(16)}`],
  ['password in an address of a database', ['postgres:', '//app:correcthorse', '@db.example/shop'].join('')],
])('knows a %s when it sees one', (name, text) => {
  expect(KINDS.find((kind) => kind.name === name)?.looks.test(text)).toBe(true)
})
