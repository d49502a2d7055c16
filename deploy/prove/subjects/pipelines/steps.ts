import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../kit/shell.ts'

/** What both pipelines call, by what people call the step. */
export const SCRIPTS = {
  test: '.ci/run',
  image: 'deploy/pipelines/image.sh',
  'roll out': 'deploy/pipelines/roll-out.sh',
  tell: 'deploy/pipelines/tell-failure.sh',
} as const
export type Step = keyof typeof SCRIPTS

/** Variables without which a script of ours does not even begin. */
export function neededBy(script: string): string[] {
  return [...readFileSync(join(ROOT, script), 'utf8').matchAll(/\$\{([A-Z_]+):\?/g)].map(
    ([, name = '']) => name,
  )
}
