import Type from 'typebox'
import type { Identity } from '../../identity/index.ts'
import type { Books } from '../../library/book/index.ts'
import type { SelfCheckPort } from '../../library/borrow/index.ts'
import { type App, Strict, Uuid } from '../../platform/http/app.ts'
import { orNull } from '../../platform/http/schemas.ts'
import type { Module } from '../../platform/module.ts'
import { refused } from '../../platform/refusal.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import { fromWithin, RecipientView } from './internal.ts'
import type { Peer } from './peer.ts'
import { recipientOf } from './recipients.ts'

const INTERNAL = { config: { audience: ['service'] }, onRequest: fromWithin } as const

const CopyView = Type.Object({
  bookId: Type.String(),
  title: Type.String(),
  callNumber: Type.String(),
  state: Type.Enum(['available', 'on_loan', 'on_shelf', 'lost', 'damaged', 'withdrawn']),
  loanId: orNull(Type.String()),
})
const OpenHoldsView = Type.Object({
  holds: Type.Array(
    Type.Object({
      title: Type.String(),
      state: Type.Enum(['waiting', 'shelved']),
      barcode: orNull(Type.String()),
    }),
  ),
})
const ProofView = Type.Object({ kind: Type.Enum(['right', 'wrong', 'no_answer']) })

/** What the catalogue tells lending for self-check machines: of a copy, and of a patron's holds. */
export function copiesModule(books: Pick<Books, 'findCopy' | 'openHoldsOf'>): Module {
  return {
    name: 'internal.copies',
    routes: (app: App) => {
      app.route({
        ...INTERNAL,
        method: 'GET',
        url: '/internal/copies/:barcode',
        schema: {
          hide: true,
          params: Strict({ barcode: Type.String({ minLength: 1, maxLength: 200 }) }),
          response: { 200: CopyView },
        },
        handler: async (request, reply) =>
          (await books.findCopy(request.params.barcode)) ?? reply.refuse(refused('not_found')),
      })
      app.route({
        ...INTERNAL,
        method: 'GET',
        url: '/internal/patrons/:id/holds',
        schema: { hide: true, params: Strict({ id: Uuid }), response: { 200: OpenHoldsView } },
        handler: async (request) => ({ holds: await books.openHoldsOf(request.params.id) }),
      })
    },
  }
}

/** Whether a password is that of an account; whoever asks counts the wrong ones. */
async function prove(
  identity: Pick<Identity, 'provePassword'>,
  accountId: string,
  password: string,
): ReturnType<SelfCheckPort['provePassword']> {
  const proof = await identity.provePassword(accountId, password)
  if (proof.kind === 'proved') return 'right'
  return proof.code === 'temporarily_unavailable' ? 'no_answer' : 'wrong'
}

/** What identity tells lending for self-check machines: whether a patron knows the password of their account. */
export function passwordsModule(identity: Pick<Identity, 'provePassword'>): Module {
  return {
    name: 'internal.passwords',
    routes: (app: App) => {
      app.route({
        ...INTERNAL,
        method: 'POST',
        url: '/internal/accounts/:id/password',
        schema: {
          hide: true,
          params: Strict({ id: Uuid }),
          body: Strict({ password: Type.String({ maxLength: 200 }) }),
          response: { 200: ProofView },
        },
        handler: async (request) => ({
          kind: await prove(identity, request.params.id, request.body.password),
        }),
      })
    },
  }
}

type CatalogueHere = Pick<Books, 'findCopy' | 'openHoldsOf'>
type IdentityHere = Pick<Identity, 'provePassword' | 'correspondentOf'>

/** Asks the others for self-check machines, in this process or in theirs. Whoever fails gives no answer. */
export function selfCheckPort({
  book,
  identity,
  log,
}: {
  book: CatalogueHere | Peer | undefined
  identity: IdentityHere | Peer | undefined
  log: Logger
}): SelfCheckPort {
  const orNothing = <T, N>(nothing: N, ask: () => Promise<T>): Promise<T | N> =>
    ask().catch((error: unknown) => {
      log.warn({ err: error }, 'a question of a self-check machine was not answered')
      return nothing
    })
  return {
    copy: (barcode) =>
      orNothing({ kind: 'no_answer' } as const, async () => {
        if (!book) return { kind: 'no_answer' } as const
        const copy =
          'ask' in book
            ? await book.ask(`/internal/copies/${encodeURIComponent(barcode)}`, CopyView)
            : await book.findCopy(barcode)
        return copy ? ({ kind: 'copy', ...copy } as const) : ({ kind: 'unknown' } as const)
      }),
    holds: (patronId) =>
      orNothing('no_answer' as const, async () => {
        if (!book) return 'no_answer' as const
        if (!('ask' in book)) return book.openHoldsOf(patronId)
        return (await book.ask(`/internal/patrons/${patronId}/holds`, OpenHoldsView))?.holds ?? []
      }),
    nameOf: (patronId) =>
      orNothing(undefined, async () => {
        if (!identity) return undefined
        const person =
          'ask' in identity
            ? await identity.ask(`/internal/recipients/${patronId}`, RecipientView)
            : await recipientOf(identity, patronId)
        return person?.name
      }),
    provePassword: (patronId, password) =>
      orNothing('no_answer' as const, async () => {
        if (!identity) return 'no_answer' as const
        if (!('call' in identity)) return prove(identity, patronId, password)
        return (await identity.call(`/internal/accounts/${patronId}/password`, { password }, ProofView)).kind
      }),
  }
}
