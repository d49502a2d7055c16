import { newId } from '../../../platform/ids.ts'
import { runInRequest } from '../../../platform/telemetry/request-context.ts'
import { checkin } from './checkin.ts'
import { checkout } from './checkout.ts'
import { feePaid } from './fees.ts'
import { login, prove, status } from './hello.ts'
import { itemInformation } from './items.ts'
import { blockPatron, endSession, patronInformation, patronStatus } from './patrons.ts'
import { refuseRequest } from './refuse.ts'
import { renew, renewAll } from './renew.ts'
import type { Answered, Handler, SelfCheckDeps, Station } from './station.ts'
import { findTerminal, type Terminal } from './terminals/terminal-store.ts'
import { decodeText, encodeText } from './wire/charset.ts'
import { type Opened, openLine, sealLine } from './wire/envelope.ts'
import type { Line } from './wire/frames.ts'
import { ASKED, type Asked } from './wire/layouts.ts'
import { fieldOf, formatMessage, type Message, parseMessage } from './wire/message.ts'
import { WORDS } from './words.ts'

/** What is sent back, and whether the conversation ends with it. */
export interface Reply {
  bytes: Buffer
  end: boolean
}

export interface Conversation {
  /** Answers one line. Never throws: what fails is answered with a “no”, and logged. */
  hear(line: Line): Promise<Reply>
  /** Whether the machine has said who it is. */
  isLoggedIn(): boolean
}

/** What figures count. */
export type Count = (message: Asked | 'unreadable', outcome: Answered['outcome']) => void

/** So many lines in a row that nobody can read, or secrets that are wrong: that is no machine of ours. */
const MOST_UNREADABLE = 10
const MOST_WRONG_SECRETS = 3

/** Begins to talk with what is connected from an address. */
export function converse(deps: SelfCheckDeps, address: string, count: Count): Conversation {
  const station: Station = { address, terminal: undefined, proved: undefined }
  let unreadable = 0
  let wrongSecrets = 0
  let last: Buffer | undefined

  /** Asks for the line once more. */
  const again = (checked: boolean): Reply => {
    count('unreadable', 'refused')
    unreadable += 1
    const body = Buffer.from('96')
    return {
      bytes: sealLine(body, checked ? { sequence: undefined } : undefined),
      end: unreadable >= MOST_UNREADABLE,
    }
  }

  async function answered(opened: Extract<Opened, { kind: 'whole' }>): Promise<Reply> {
    const charset = station.terminal?.charset ?? 'utf-8'
    const request = parseMessage(decodeText(opened.body, charset))
    if (!isAsked(request)) return again(opened.checked)
    unreadable = 0
    if (request.kind === 'resend') {
      // Whoever was revoked meanwhile is told nothing again; any other request is answered by what is so now.
      if (last && (await mayHearAgain(deps, station))) return { bytes: last, end: false }
      return again(opened.checked)
    }
    const answer = await answerTo(deps, station, request)
    count(request.kind, answer.outcome)
    if (station.terminal) wrongSecrets = 0
    else if (request.kind === 'login' || fieldOf(request, 'AC') !== '') wrongSecrets += 1
    const body = encodeText(formatMessage(answer.message), station.terminal?.charset ?? charset)
    const bytes = sealLine(body, opened.checked ? { sequence: opened.sequence } : undefined)
    last = bytes
    return { bytes, end: wrongSecrets >= MOST_WRONG_SECRETS }
  }

  return {
    isLoggedIn: () => station.terminal !== undefined,
    hear: async (line) => {
      if (line.kind === 'too_long') return again(false)
      const opened = openLine(line.bytes)
      if (opened.kind === 'damaged') return again(true)
      return runInRequest({ requestId: newId() }, () => answered(opened))
    },
  }
}

const isAsked = (message: Message | undefined): message is Message<Asked> =>
  ASKED.some((kind) => kind === message?.kind)

/** What is answered anew; the last answer itself is kept by the conversation. */
type Answerable = Exclude<Asked, 'resend'>
type Served = Exclude<Answerable, 'login' | 'status'>

/** Whatever goes wrong while a request is answered is a “no” the machine understands. */
async function answerTo(
  deps: SelfCheckDeps,
  station: Station,
  request: Message<Answerable>,
): Promise<Answered> {
  try {
    if (request.kind === 'login') return await login(deps, station, request)
    station.terminal = await stillKnown(deps, station, request)
    if (request.kind === 'status') return await status(deps, station, request)
    const { terminal } = station
    if (!terminal) {
      const text = WORDS.not_logged_in
      return { message: refuseRequest(request, text, deps.lending.clock.now()), outcome: 'refused' }
    }
    // The object stays the same, so that what a handler notes of the patron is there for the next one.
    return await handle(deps, Object.assign(station, { terminal }), request)
  } catch (error) {
    deps.log.error(
      { err: error, message: request.kind, terminal: station.terminal?.name },
      'a self-check request failed',
    )
    const message = refuseRequest(request, WORDS.try_later, deps.lending.clock.now())
    return { message, outcome: 'failed' }
  }
}

/** Rights are looked up anew for every message: whoever is revoked is refused at once. */
async function stillKnown(
  deps: SelfCheckDeps,
  station: Station,
  request: Message,
): Promise<Terminal | undefined> {
  if (station.terminal) return findTerminal(deps.lending.db, station.terminal.id)
  const secret = fieldOf(request, 'AC')
  return secret === '' ? undefined : prove(deps, station, secret)
}

/** Whether the last answer may be said again: to a machine that has logged in, only while it may. */
async function mayHearAgain({ lending: { db } }: SelfCheckDeps, { terminal }: Station): Promise<boolean> {
  return terminal === undefined || (await findTerminal(db, terminal.id)) !== undefined
}

/** Who answers what a machine asks once it has logged in. */
const HANDLERS: { readonly [K in Served]: Handler<K> } = {
  patronStatus,
  patronInformation,
  checkout,
  checkin,
  renew,
  renewAll,
  itemInformation,
  endSession,
  feePaid,
  blockPatron,
}

function handle<K extends Served>(
  deps: SelfCheckDeps,
  station: Station & { terminal: Terminal },
  request: Message<K>,
): Promise<Answered> {
  return HANDLERS[request.kind](deps, station, request)
}
