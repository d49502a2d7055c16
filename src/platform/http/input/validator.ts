import AjvCompiler from '@fastify/ajv-compiler'
import type { App } from '../app.ts'
import { countValues, findUnfitText } from './request-text.ts'
import type { Finding } from './validation.ts'

/** A request with more values than this is told its first error only: all of them would cost more than it is worth. */
const MOST_VALUES = 500

const base = { removeAdditional: false, useDefaults: true, allowUnionTypes: true } as const
const formats = {
  // The standard format also lets `urn:uuid:…` in, which the database does not read.
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && isOfOurTime(text, Temporal.PlainDate.from),
  'date-time': (text: string) =>
    isOfOurTime(text, (instant) => Temporal.Instant.from(instant).toZonedDateTimeISO('UTC')),
}

/** Years outside these are slips or attacks, and calculating with them leaves what databases and calendars can hold. */
function isOfOurTime(text: string, read: (text: string) => { year: number }): boolean {
  try {
    const { year } = read(text)
    return year >= 1900 && year < 2200
  } catch {
    return false
  }
}

/**
 * Bodies are taken as they are (no coercion, no stripping); texts of addresses and headers are read as numbers where
 * one is asked for. What a wrong request costs is bounded: it is read up to its first error, and in full, to tell
 * everything that is wrong at once, only when it is small.
 */
export function useStrictValidation(app: App): void {
  const body = compilers(false)
  const text = compilers('array')
  app.setValidatorCompiler<object>(({ httpPart, schema }) => {
    const { first, all } = httpPart === 'body' ? body : text
    const isRight = first({ schema })
    let findAll: typeof isRight | undefined
    return (value: unknown) => {
      const unfit = findUnfitText(value)
      if (unfit) return refusal([unfit])
      if (isRight(value) === true) return true
      if (countValues(value, MOST_VALUES) > MOST_VALUES) return refusal(isRight.errors ?? [])
      findAll ??= all({ schema })
      return findAll(value) === true ? true : refusal(findAll.errors ?? [])
    }
  })
}

function compilers(coerceTypes: false | 'array') {
  const buildCompiler = AjvCompiler()
  const build = (allErrors: boolean) =>
    buildCompiler(
      {},
      {
        customOptions: { ...base, coerceTypes, allErrors },
        onCreate: (ajv) => {
          for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format)
        },
      },
    )
  return { first: build(false), all: build(true) }
}

/** The shape in which Fastify takes a refusal of a validator. */
function refusal(findings: readonly Finding[]) {
  return { error: Object.assign(new Error('the request is not valid'), { validation: findings }) }
}
