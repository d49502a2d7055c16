import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { ROOT } from '../../kit/shell.ts'

/** Strict schemas of the kinds the chart uses, made by deploy/kubernetes/make-schemas.ts. */
interface Schemas {
  version: string
  /** The name of its definition by `apiVersion/kind`. */
  kinds: Record<string, string>
  definitions: Record<string, unknown>
}

/**
 * Checks objects against the schemas of the API: unknown fields and wrong types are found, as a server that is asked
 * for strict validation finds them.
 * @returns what is wrong, for people
 */
export function schemaProblems(objects: readonly unknown[]): string[] {
  const schemas = JSON.parse(readFileSync(join(ROOT, 'deploy/kubernetes/schemas.json'), 'utf8')) as Schemas
  const ajv = new Ajv({ strict: false, allErrors: true, formats: FORMATS })
  ajv.addSchema({ $id: 'k8s', definitions: schemas.definitions })
  const checks = new Map<string, ValidateFunction>()
  return objects.flatMap((object) => {
    const { apiVersion, kind, metadata } = object as {
      apiVersion?: string
      kind?: string
      metadata?: { name?: string }
    }
    if (OF_OTHERS.has(`${apiVersion}/${kind}`)) return []
    const known = schemas.kinds[`${apiVersion}/${kind}`]
    if (known === undefined) return [`${apiVersion} ${kind} is not known`]
    const check = checks.get(known) ?? ajv.compile({ $ref: `k8s#/definitions/${known}` })
    checks.set(known, check)
    if (check(object)) return []
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${kind} ${metadata?.name}: ${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  })
}

/** Kinds that are no part of the API but of an operator's; our rules read them. */
const OF_OTHERS: ReadonlySet<string> = new Set(['monitoring.coreos.com/v1/PodMonitor'])

const FORMATS = { int32: true, int64: true, double: true, byte: true, 'date-time': true } as const
