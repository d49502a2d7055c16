import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { type App, Strict } from '../../platform/http/app.ts'
import { refusalError } from '../../platform/http/input/json-body.ts'
import type { Module } from '../../platform/module.ts'
import { refused } from '../../platform/refusal.ts'
import { fromWithin } from './internal.ts'
import type { Peer } from './peer.ts'
import { readPlain, writePlain } from './plain.ts'

/**
 * What pages ask of a service in another process: the same functions as in one process, called over HTTP. Both ends are
 * of one release or of two that follow one another, so what a function takes and gives only ever grows.
 */

/**
 * The names of what others may ask of a face, as the keys of an object: a function that the face gains or loses does not
 * compile before it is listed here, or left out in `Omit<…>` with its reason.
 */
export type Asked<Face> = { readonly [K in keyof Operations<Face>]: true }

type Operations<Face> = {
  [K in keyof Face as Face[K] extends (...args: never[]) => Promise<unknown> ? K : never]: Face[K]
}

const namesOf = <Face>(asked: Asked<Face>) => Object.keys(asked) as (keyof Operations<Face> & string)[]

const FACE_BODY_BYTES = 64 * 1024

/** Answers for a face: each of its operations at `/internal/faces/<name>/<operation>`, for services only. */
export function faceModule<Face extends object>(name: string, face: Face, asked: Asked<Face>): Module {
  const operations = namesOf(asked)
  return {
    name: `internal.faces.${name}`,
    routes: (app: App) => {
      app.route({
        method: 'POST',
        url: `/internal/faces/${name}/:operation`,
        bodyLimit: FACE_BODY_BYTES,
        config: { audience: ['service'] },
        onRequest: fromWithin,
        schema: {
          hide: true,
          params: Strict({ operation: Type.Enum([...operations]) }),
          body: Strict({ args: Type.String() }),
          response: { 200: Type.Object({ result: Type.String() }) },
        },
        handler: async (request: FastifyRequest, reply: FastifyReply) => {
          const { operation } = request.params as { operation: keyof Face }
          const { args } = request.body as { args: string }
          const work = face[operation] as (...given: unknown[]) => Promise<unknown>
          const result = await work(...(readPlain(args) as unknown[]))
          return reply.send({ result: writePlain({ value: result }) })
        },
      })
    },
  }
}

const Result = Type.Object({ result: Type.String() })

/** The same face from here. A peer that does not answer is a page that cannot be shown now. */
export function remoteFace<Face extends object>(
  peer: Peer,
  name: string,
  asked: Asked<Face>,
): Operations<Face> {
  const ask =
    (operation: string) =>
    async (...args: unknown[]): Promise<unknown> => {
      const answer = await peer
        .call(`/internal/faces/${name}/${operation}`, { args: writePlain(args) }, Result)
        .catch((cause: unknown) => {
          throw Object.assign(refusalError(refused('temporarily_unavailable', { retryAfterSeconds: 2 })), {
            cause,
          })
        })
      return (readPlain(answer.result) as { value?: unknown }).value
    }
  return Object.fromEntries(
    namesOf(asked).map((operation) => [operation, ask(operation)]),
  ) as Operations<Face>
}
