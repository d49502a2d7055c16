import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `node deploy/kubernetes/make-schemas.ts SWAGGER VERSION`: makes schemas.json, which the chart is held against, of the
 * API's own description (api/openapi-spec/swagger.json of the Go module k8s.io/kubernetes). Only for another version.
 */
const KINDS = [
  'v1/ConfigMap',
  'v1/Service',
  'v1/PersistentVolumeClaim',
  'apps/v1/Deployment',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'policy/v1/PodDisruptionBudget',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'networking.k8s.io/v1/NetworkPolicy',
]

interface Definition {
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[]
  [key: string]: unknown
}

const [source = '', version = ''] = process.argv.slice(2)
const { definitions } = JSON.parse(readFileSync(source, 'utf8')) as {
  definitions: Record<string, Definition>
}

/** Without words, and strict: a field that is not named is not there. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict)
  if (typeof value !== 'object' || value === null) return value
  const plain = Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      key.startsWith('x-kubernetes') || (key === 'description' && typeof one === 'string')
        ? []
        : [[key, strict(one)]],
    ),
  )
  if (plain.format === 'int-or-string') return { type: ['string', 'integer'] }
  return plain.type === 'object' && plain.properties !== undefined
    ? { additionalProperties: false, ...plain }
    : plain
}

const kinds: Record<string, string> = {}
for (const [name, definition] of Object.entries(definitions))
  for (const { group, version: api, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
    const full = `${group === '' ? '' : `${group}/`}${api}/${kind}`
    if (KINDS.includes(full)) kinds[full] = name
  }

const kept: Record<string, unknown> = {}
function keep(name: string): void {
  if (kept[name] !== undefined) return
  const made = name.endsWith('resource.Quantity') ? { type: ['string', 'number'] } : strict(definitions[name])
  kept[name] = made
  for (const [, next = ''] of JSON.stringify(made).matchAll(/#\/definitions\/([^"]+)/g)) keep(next)
}
for (const name of Object.values(kinds)) keep(name)

writeFileSync(
  join(import.meta.dirname, 'schemas.json'),
  `${JSON.stringify({ version, kinds, definitions: kept }, null, 2)}\n`,
)
console.log(`${Object.keys(kinds).length} kinds, ${Object.keys(kept).length} definitions`)
