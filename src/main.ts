import { hearSignals } from './platform/process/signals.ts'

// Before anything else is loaded: what is started from here on is stopped again, however early somebody changes their mind.
const stopping = hearSignals(process)
const { run } = await import('./cli/program.ts')
await run(stopping)
