/** Asks the process of its own container whether it is ready. Exit code 0: it is. */
const port = process.env.PORT ?? '8080'
const ready = await fetch(`http://127.0.0.1:${port}/health/ready`, {
  signal: AbortSignal.timeout(8_000),
}).catch((error: unknown) => error)
if (ready instanceof Response && ready.ok) process.exit(0)
console.error(ready instanceof Response ? `${ready.status} ${await ready.text()}` : String(ready))
process.exit(1)
