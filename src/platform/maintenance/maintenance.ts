/** Announced maintenance: a window set by an operator, in which pages take no forms. */
import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid, Words } from '../http/app.ts'
import { platformProblems } from '../http/platform-problems.ts'
import { Instant, orNull } from '../http/schemas.ts'
import type { Module } from '../module.ts'
import type { Logger } from '../telemetry/log.ts'
import { endWindow, type MaintenanceDeps, setWindow } from './manage-window.ts'
import { maintenanceProblems } from './problems.ts'
import { createShownWindow, type ShownWindow } from './shown-window.ts'
import { LONGEST_HOURS, LONGEST_TEXT, type MaintenanceWindow, WINDOW_STATES } from './window.ts'

const tags = ['operators']
const config = { audience: ['admin'] } as const
const { not_found } = platformProblems
const { maintenance_changed_meanwhile, maintenance_period_wrong } = maintenanceProblems

const window = {
  id: Uuid,
  startsAt: Instant(),
  endsAt: Instant(),
  text: Type.Object({ ko: Type.String(), en: Type.String() }),
}
const Window = Type.Object(window)
const WindowNow = Type.Object({ ...window, state: Type.Enum([...WINDOW_STATES]) })
const Moment = (description: string) => Type.String({ format: 'date-time', maxLength: 40, description })

const windowJson = ({ id, startsAt, endsAt, text }: MaintenanceWindow) => ({
  id,
  text,
  startsAt: startsAt.toString(),
  endsAt: endsAt.toString(),
})

export interface Maintenance {
  readonly module: Module
  /** What pages say of it, and whether they take forms. */
  readonly shown: Pick<ShownWindow, 'now'>
}

/** Maintenance in one process that answers requests. */
export function createMaintenance(deps: MaintenanceDeps & { log: Logger }): Maintenance {
  const shown = createShownWindow(deps)
  return {
    shown,
    module: {
      name: 'maintenance',
      problems: maintenanceProblems,
      start: shown.start,
      stop: shown.stop,
      routes: maintenanceRoutes(deps, shown),
    },
  }
}

function maintenanceRoutes(deps: MaintenanceDeps, shown: ShownWindow): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/maintenance',
      config: { audience: 'anyone' },
      schema: {
        operationId: 'getMaintenance',
        tags,
        summary: 'The maintenance that is announced or under way',
        description: 'While it is under way pages take no forms. The API goes on.',
        response: { 200: Type.Object({ data: orNull(WindowNow) }), ...problems() },
      },
      handler: async () => {
        const now = shown.now()
        return { data: now ? { ...windowJson(now), state: now.state } : null }
      },
    })

    app.route({
      method: 'PUT',
      url: '/api/admin/maintenance',
      config,
      schema: {
        operationId: 'setMaintenance',
        tags,
        summary: 'Announce maintenance, in the place of what was announced',
        description: `At most ${LONGEST_HOURS} hours. Staff, returns from payment providers and the nightly run go on.`,
        body: Strict({
          replaces: orNull(Uuid, 'The one that was read; null: there was none'),
          startsAt: Moment('From when pages take no forms'),
          endsAt: Moment('Until when'),
          text: Strict({ ko: Words(LONGEST_TEXT), en: Words(LONGEST_TEXT) }),
        }),
        response: {
          200: Window,
          ...refusalsOf<typeof setWindow>(
            { maintenance_changed_meanwhile, maintenance_period_wrong },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { replaces, startsAt, endsAt, text } = request.body
        const result = await setWindow(deps, {
          by: actorOf(request).userId,
          replaces,
          content: {
            startsAt: Temporal.Instant.from(startsAt),
            endsAt: Temporal.Instant.from(endsAt),
            text: { ko: text.ko.trim(), en: text.en.trim() },
          },
        })
        if (result.kind === 'refused') return reply.refuse(result)
        await shown.look()
        return windowJson(result.window)
      },
    })

    app.route({
      method: 'DELETE',
      url: '/api/admin/maintenance/:id',
      config,
      schema: {
        operationId: 'endMaintenance',
        tags,
        summary: 'End maintenance at once, or take back what was announced',
        params: Strict({ id: Uuid }),
        response: { 204: Type.Null(), ...refusalsOf<typeof endWindow>({ not_found }, 401, 403) },
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const result = await endWindow(deps, { by: actorOf(request).userId, id })
        if (result.kind === 'refused') return reply.refuse(result)
        await shown.look()
        return reply.code(204).send(null)
      },
    })
  }
}
