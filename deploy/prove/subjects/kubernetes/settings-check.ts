import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readGatewayConfig } from '../../../../src/services/between/gateway.ts'
import { readConfig } from '../../../../src/services/config.ts'
import { SERVICES } from '../../../../src/services/index.ts'
import { parseServices, SERVICE_NAMES } from '../../../../src/services/names.ts'
import { PROCESS_SETTINGS } from '../../../../src/services/process-settings.ts'
import { newSecrets } from '../../kit/production.ts'
import { isExporter, type KubeObject, settingsOf, type Workload, workloads } from './objects.ts'

const WHERE = '/run/secrets/pillivery/'

/** Names of every setting that is secret. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set(
  [PROCESS_SETTINGS, ...SERVICE_NAMES.map((name) => SERVICES[name].settings)].flatMap((table) =>
    Object.values(table).flatMap(({ name, secret }) => (secret ? [name] : [])),
  ),
)

/**
 * Reads the settings of every process as the application itself does at its start, with secrets invented for it.
 * @param folder for their files
 * @returns what the application says against them
 */
export function settingsProblems(objects: readonly KubeObject[], folder: string): string[] {
  return workloads(objects).flatMap((workload) => {
    if (isExporter(workload)) return []
    const settings = { HOST: '0.0.0.0', DATA_DIR: '/data', ...withFiles(workload, objects, folder) }
    try {
      read(workload, settings)
      return []
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      return [`${workload.name}: ${said.replaceAll(/\s+/g, ' ')}`]
    }
  })
}

function read({ pod }: Workload, settings: Record<string, string>): void {
  const [command = '', ...args] = pod.spec.containers[0]?.args ?? []
  const given = (option: string) => args[args.indexOf(option) + 1] ?? ''
  if (command === 'billing') return void readConfig(settings, ['shop'])
  if (command === 'migrate')
    return void readConfig(
      // The command leaves the roles aside, whose names it only gives rights.
      Object.fromEntries(Object.entries(settings).filter(([name]) => !/._DATABASE_URL(_FILE)?$/.test(name))),
      args.includes('--services') ? parseServices(given('--services')) : SERVICE_NAMES,
    )
  if (given('--services') === 'gateway') return void readGatewayConfig(settings)
  readConfig({ ...settings, SERVICES: given('--services'), ROLE: given('--role') })
}

/** Settings with the files of secrets that the pod has, and no other ones. */
function withFiles(workload: Workload, objects: readonly KubeObject[], folder: string) {
  const place = join(folder, workload.name.replaceAll(/\W+/g, '-'))
  mkdirSync(place, { recursive: true })
  const items = (workload.pod.spec.volumes ?? []).flatMap(({ secret }) => secret?.items ?? [])
  for (const { path } of items) writeFileSync(join(place, path), inventedFor(path))
  return Object.fromEntries(
    Object.entries(settingsOf(workload, objects)).map(([name, value]) => [
      name,
      name.endsWith('_FILE') && value.startsWith(WHERE) ? join(place, value.slice(WHERE.length)) : value,
    ]),
  )
}

const SECRETS: Readonly<Record<string, string>> = {
  ...newSecrets(),
  DATABASE_URL: 'postgres://owner:secret@10.20.0.5/pillivery',
  SMTP_URL: 'smtps://shop:secret@mail.example:465',
}

function inventedFor(path: string): string {
  const name = path.toUpperCase()
  const role = name.replace('_DATABASE_URL', '').toLowerCase()
  return SECRETS[name] ?? `postgres://${role}:secret@10.20.0.5/pillivery`
}
