import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { attempt, type Ran, ROOT } from '../../kit/shell.ts'
import type { KubeObject } from './objects.ts'

export const CHART = join(ROOT, 'deploy/kubernetes/pillivery')
export const RELEASE = 'pillivery'
export const VALUES = ['laptop', 'production'] as const

/** A file of values that comes with the chart. */
export function valuesFile(name: (typeof VALUES)[number]): string {
  return join(ROOT, `deploy/kubernetes/values/${name}.yaml`)
}

const TAG = ['--set', 'image.tag=checked']
/** Of schemas.json; a Helm that was not built by its makers does not know what it was made for. */
const SERVER = ['--kube-version', '1.36.0']

export function lint(helm: string, values: string): Promise<Ran> {
  return attempt(helm, ['lint', '--strict', CHART, '-f', values, ...TAG])
}

/** The objects of the chart with these values, as Helm makes them. */
export async function render(
  helm: string,
  values: string,
  more: readonly string[] = [],
): Promise<{ ran: Ran; objects: KubeObject[] }> {
  const ran = await attempt(helm, ['template', RELEASE, CHART, '-f', values, ...SERVER, ...TAG, ...more])
  if (ran.code !== 0) return { ran, objects: [] }
  const objects = parseAllDocuments(ran.out).flatMap((document) => {
    const object = document.toJS() as KubeObject | null
    return object === null ? [] : [object]
  })
  return { ran, objects }
}
