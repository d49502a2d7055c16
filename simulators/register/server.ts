import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from '../listen.ts'
import { type Asked, answerOf, REFUSALS } from './answers.ts'
import {
  createFaults,
  FAULTS,
  type Fault,
  type Faults,
  isFault,
  isSource,
  isWireFault,
  type Source,
} from './faults.ts'
import { c003Rows, htfsRows, type Row } from './rows.ts'
import { breakOff, json, type Reply, send, spoiled } from './spoiled.ts'

/** The key both registers take unless told otherwise. */
export const SIMULATED_KEY = 'simulated-register-key'

export interface RegisterOptions {
  /** 0 = any free port (default). */
  port?: number
  /** Rows that each register has. Default 240. */
  rows?: number
  key?: string
}

export interface RunningRegister {
  /** Both are below it, at the paths of the real ones. */
  url: string
  port: number
  /** What they have, in their order; may be changed. */
  rows: Record<Source, Row[]>
  /** Every question so far, in order; may be emptied. */
  asked: Asked[]
  /** What goes wrong with the next answers. */
  fault(source: Source, fault: Fault, times?: number): void
  clear(source: Source): void
  close(): Promise<void>
}

const MOST_ROWS = { c003: 1_000, htfs: 100 } as const

interface Register {
  readonly key: string
  readonly rows: Record<Source, Row[]>
  readonly faults: Faults
  readonly asked: Asked[]
}

/** Plays both registers. @throws when NODE_ENV is production, and when the port cannot be had */
export async function startRegister(options: RegisterOptions = {}): Promise<RunningRegister> {
  if (process.env.NODE_ENV === 'production')
    throw new Error('The register simulator must never run in production (NODE_ENV=production).')
  const count = options.rows ?? 240
  const register: Register = {
    key: options.key ?? SIMULATED_KEY,
    rows: { c003: c003Rows(count), htfs: htfsRows(count) },
    faults: createFaults(),
    asked: [],
  }
  const server = createServer((req, res) => answer(register, req, res))
  return {
    ...(await listen(server, options.port)),
    rows: register.rows,
    asked: register.asked,
    fault: (source, fault, times = 1) => register.faults.set(source, fault, times),
    clear: (source) => register.faults.clear(source),
  }
}

function answer(register: Register, req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url ?? '/', 'http://register.invalid')
  if (url.pathname === '/health') send(res, { status: 200, type: 'text/plain', body: 'ok' })
  else if (url.pathname === '/faults' && req.method === 'POST') send(res, setFault(register, url))
  else answerQuestion(register, askedOf(url), res)
}

function answerQuestion(register: Register, asked: Asked | undefined, res: ServerResponse): void {
  if (asked === undefined) {
    send(res, { status: 404, type: 'text/plain', body: 'no such register' })
    return
  }
  register.asked.push(asked)
  const fault = register.faults.take(asked.source)
  const good = goodAnswer(register, asked)
  if (fault === undefined) send(res, json(asked.key === register.key ? good : REFUSALS.bad_key[asked.source]))
  else if (isWireFault(fault)) breakOff(res, fault, JSON.stringify(good))
  else send(res, spoiled(register.rows[asked.source], asked, fault, JSON.stringify(good)))
}

/** `POST /faults?source=c003&fault=html&times=3`; `fault=none` takes all of a register back. */
function setFault({ faults }: Register, { searchParams }: URL): Reply {
  const source = searchParams.get('source')
  const fault = searchParams.get('fault')
  const times = Number(searchParams.get('times') ?? '1')
  if (!isSource(source) || !Number.isInteger(times) || times < 1)
    return { status: 400, type: 'text/plain', body: 'say source=c003 or htfs, fault=…, times=…' }
  if (fault === 'none') faults.clear(source)
  else if (isFault(fault)) faults.set(source, fault, times)
  else return { status: 400, type: 'text/plain', body: `fault is one of ${FAULTS.join(', ')}, none` }
  return { status: 200, type: 'text/plain', body: 'ok' }
}

/** Both ask for pages in their own way. */
function askedOf({ pathname, searchParams }: URL): Asked | undefined {
  const path = /^\/api\/([^/]+)\/C003\/json\/(\d+)\/(\d+)$/.exec(pathname)
  if (path) {
    const [, key = '', from = '', to = ''] = path
    const size = Number(to) - Number(from) + 1
    return { source: 'c003', key: decodeURIComponent(key), from: Number(from), size }
  }
  if (!/^\/1471000\/HtfsInfoService03\/getHtfs(Item|List)01$/.test(pathname)) return undefined
  const size = Number(searchParams.get('numOfRows') ?? '10')
  const from = (Number(searchParams.get('pageNo') ?? '1') - 1) * size + 1
  return { source: 'htfs', key: searchParams.get('ServiceKey') ?? '', from, size }
}

function goodAnswer({ rows }: Register, asked: Asked): object {
  const { source, from, size } = asked
  if (size > MOST_ROWS[source]) return REFUSALS.bad_request[source]
  return answerOf(source, rows[source].slice(from - 1, from - 1 + size), rows[source].length, asked)
}
