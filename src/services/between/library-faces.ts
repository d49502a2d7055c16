import { type Books, MOST_LISTED } from '../../library/book/index.ts'
import type { Lending } from '../../library/borrow/index.ts'
import type { Dashboards } from '../../library/dashboard/index.ts'
import type { Notifications } from '../../notifications/index.ts'
import { type App, Strict, Uuid } from '../../platform/http/app.ts'
import type { Module } from '../../platform/module.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { ProcessSettings } from '../process-settings.ts'
import { type Asked, faceModule, remoteFace } from './faces.ts'
import { fromWithin } from './internal.ts'
import { createPeer, type Peer } from './peer.ts'
import { createStreams } from './stream.ts'

/** What pages ask of the library and of letters, by name: whatever of a face answers with a promise. */
const BOOKS: Asked<Books['pages']> = { list: true, get: true, hold: true, cancelHold: true, holds: true }
const LENDING: Asked<Lending['pages']> = {
  rules: true,
  guide: true,
  nextDue: true,
  borrow: true,
  giveBack: true,
  renew: true,
  cancel: true,
  get: true,
  list: true,
  card: true,
  untoldSince: true,
  fees: true,
}
const DASHBOARDS: Asked<Dashboards['pages']> = { read: true }
const LETTERS: Asked<Notifications['pages']> = { list: true, readAll: true }

/** What other processes may ask of the catalogue of books. */
export const booksFace = (books: Books) => faceModule('books', books.pages, BOOKS)
/** What other processes may ask of lending. */
export const lendingFace = (lending: Lending) => faceModule('lending', lending.pages, LENDING)
/** What other processes may ask of notifications. */
export const lettersFace = (notifications: Notifications) =>
  faceModule('letters', notifications.pages, LETTERS)

/** What other processes may ask of the dashboards. */
export function dashboardsFace(dashboards: Dashboards): readonly Module[] {
  const stream: Module = {
    name: 'internal.dashboard-streams',
    routes: (app: App) => {
      app.route({
        method: 'GET',
        url: '/internal/dashboards/:patronId/stream',
        config: { audience: ['service'] },
        onRequest: fromWithin,
        schema: { hide: true, params: Strict({ patronId: Uuid }) },
        handler: (request, reply) => dashboards.pages.stream(request, reply, request.params.patronId),
      })
    },
  }
  return [faceModule('dashboards', dashboards.pages, DASHBOARDS), stream]
}

/** What of it other processes have, as far as the settings say where; and what ends with this one. */
export interface Remote {
  library:
    | { books: Pick<Books, 'pages'>; lending: Pick<Lending, 'pages'>; dashboards: Pick<Dashboards, 'pages'> }
    | undefined
  letters: Pick<Notifications, 'pages'> | undefined
  module: Module
}

/** Questions of pages on their way at once to one service. */
const CONNECTIONS = 64

/** The services of the library as a process sees them that does not host them. */
export function remoteFaces(settings: ProcessSettings, log: Logger): Remote {
  const { bookUrl, borrowUrl, dashboardUrl, notificationsUrl, serviceTokens } = settings
  const token = serviceTokens?.[0]
  const peers: Peer[] = []
  const peerOf = (name: string, url: string, secret: string) => {
    const peer = createPeer({ name: `pages.${name}`, url, token: secret, connections: CONNECTIONS })
    peers.push(peer)
    return peer
  }
  const known = token !== undefined && bookUrl && borrowUrl && dashboardUrl
  const streams = known ? createStreams({ url: dashboardUrl, token, log }) : undefined
  return {
    library: known
      ? {
          books: {
            pages: {
              ...remoteFace<Books['pages']>(peerOf('books', bookUrl, token), 'books', BOOKS),
              mostListed: MOST_LISTED,
            },
          },
          lending: {
            pages: remoteFace<Lending['pages']>(peerOf('lending', borrowUrl, token), 'lending', LENDING),
          },
          dashboards: {
            pages: {
              ...remoteFace<Dashboards['pages']>(
                peerOf('dashboards', dashboardUrl, token),
                'dashboards',
                DASHBOARDS,
              ),
              stream: (request, reply, patronId) =>
                streams?.pass(`/internal/dashboards/${patronId}/stream`, request, reply),
            },
          },
        }
      : undefined,
    letters:
      token !== undefined && notificationsUrl
        ? {
            pages: remoteFace<Notifications['pages']>(
              peerOf('letters', notificationsUrl, token),
              'letters',
              LETTERS,
            ),
          }
        : undefined,
    module: {
      name: 'pages.peers',
      routes: (app: App) => void app.addHook('preClose', async () => streams?.close()),
      stop: async () => {
        await Promise.all(peers.map((peer) => peer.stop()))
      },
    },
  }
}
