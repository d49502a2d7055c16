import Type, { type Static } from 'typebox'
import { type App, problems } from '../../platform/http/app.ts'
import { orNull } from '../../platform/http/schemas.ts'
import type { Module } from '../../platform/module.ts'
import type { Environment, SettingsTable } from '../../platform/settings.ts'
import type { Config } from '../config.ts'
import { SERVICES } from '../index.ts'
import { PROCESS_SETTINGS } from '../process-settings.ts'

const Shown = Type.Object({
  owner: Type.String({ description: 'A service, or `process`' }),
  name: Type.String(),
  about: Type.String(),
  value: orNull(Type.String({ description: 'In force; of a secret never' })),
  isSecret: Type.Boolean(),
  isSet: Type.Boolean({ description: 'It was given; else its default is in force' }),
})

/** The settings by which this process runs. Of a secret it is said that it is set, and nothing of what it is. */
export function settingsModule({ services, environment }: Pick<Config, 'services' | 'environment'>): Module {
  const tables: [string, SettingsTable][] = [
    ['process', PROCESS_SETTINGS],
    ...services.map((name): [string, SettingsTable] => [name, SERVICES[name].settings]),
  ]
  return {
    name: 'settings',
    routes: (app: App) => {
      app.route({
        method: 'GET',
        url: '/api/admin/settings',
        config: { audience: ['admin'] },
        schema: {
          operationId: 'listSettings',
          tags: ['operators'],
          summary: 'Settings in force in the process that answers, without secrets',
          response: { 200: Type.Object({ data: Type.Array(Shown) }), ...problems(401, 403) },
        },
        handler: async () => ({
          data: tables.flatMap(([owner, table]) => shownOf(owner, table, environment)),
        }),
      })
    },
  }
}

/** What operators are shown of a table of settings. */
export function shownOf(
  owner: string,
  table: SettingsTable,
  environment: Environment,
): Static<typeof Shown>[] {
  return Object.values(table).map(({ name, about, fallback, secret }) => {
    const given = environment[name]
    const isSet = given !== undefined && given !== ''
    const value = (isSet ? given : fallback) ?? null
    return { owner, name, about, value: secret ? null : withoutPassword(value), isSecret: secret, isSet }
  })
}

/** An address may hold a name and a password although it is no secret by itself. */
function withoutPassword(value: string | null): string | null {
  return value === null ? null : value.replace(/(\w+:\/\/)[^/@\s]+@/g, '$1…@')
}
