/** What became of the requests of a load. */
export interface LoadReport {
  sent: number
  /** Answers by status; `error` for those without one. */
  answers: Readonly<Record<string, number>>
  failed: number
  /** The first failures, for people. */
  examples: readonly string[]
  /** Milliseconds; the slowest answer. */
  slowest: number
}

export interface Request {
  method?: string
  url: string
  headers?: Record<string, string>
  body?: string
}

const MOST_REQUESTS = 200_000
const EXAMPLES = 5

/**
 * Sends requests from this machine to it, until it is told to stop. An answer of 500 or more, or none, is a failure.
 * @param next what the nth request is
 * @param options.clients how many wait for an answer at a time
 * @param options.pauseMs of each client between two requests
 * @param options.answered hears the status of each answer as it comes
 */
export function startLoad(
  next: (n: number) => Request,
  {
    clients,
    pauseMs,
    answered,
  }: { clients: number; pauseMs: number; answered?: (request: Request, status: number) => void },
): { stop(): Promise<LoadReport>; sent(): number } {
  let running = true
  let sent = 0
  let slowest = 0
  const answers: Record<string, number> = {}
  const examples: string[] = []
  const note = (what: string, { method = 'GET', url }: Request, why: string) => {
    answers[what] = (answers[what] ?? 0) + 1
    if ((what === 'error' || Number(what) >= 500) && examples.length < EXAMPLES)
      examples.push(`${new Date().toISOString()} ${method} ${url}: ${what} ${why}`)
  }
  const client = async () => {
    while (running && sent < MOST_REQUESTS) {
      const request = next(sent)
      sent += 1
      const began = performance.now()
      try {
        const { method = 'GET', headers = {}, body } = request
        const answer = await fetch(request.url, {
          method,
          // A connection each: a proxy that is reloaded hangs up the idle ones, and only browsers ask again by themselves.
          headers: { ...headers, connection: 'close' },
          redirect: 'manual',
          signal: AbortSignal.timeout(60_000),
          ...(body === undefined ? {} : { body }),
        })
        const text = await answer.text()
        answered?.(request, answer.status)
        note(String(answer.status), request, answer.status >= 500 ? text.slice(0, 100) : '')
      } catch (error) {
        note('error', request, String(error instanceof Error ? (error.cause ?? error) : error))
      }
      slowest = Math.max(slowest, performance.now() - began)
      await new Promise((awake) => setTimeout(awake, pauseMs))
    }
  }
  const all = Array.from({ length: clients }, client)
  return {
    sent: () => sent,
    stop: async () => {
      running = false
      await Promise.all(all)
      const failed = Object.entries(answers).reduce(
        (sum, [status, count]) => sum + (status === 'error' || Number(status) >= 500 ? count : 0),
        0,
      )
      return { sent, answers, failed, examples, slowest: Math.round(slowest) }
    },
  }
}

export function inWords({ sent, answers, failed, examples }: LoadReport): string {
  const list = Object.entries(answers).map(([status, count]) => `${count} × ${status}`)
  return `${sent} requests: ${list.join(', ')}; ${failed} failed${examples.length > 0 ? ` (${examples.join('; ')})` : ''}`
}
