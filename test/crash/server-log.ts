import { readFile } from 'node:fs/promises'
import Type from 'typebox'
import { Value } from 'typebox/value'

const ErrorLine = Type.Object({
  level: Type.Enum(['error', 'fatal']),
  msg: Type.String(),
  err: Type.Optional(Type.Object({ message: Type.String() })),
})

/** What the server logged as errors, counted by message: not a broken promise by itself, but worth a look. */
export async function serverLogFindings(path: string): Promise<[string, number][]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) {
    const message = errorIn(line)
    if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a)
}

function errorIn(line: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return Value.Check(ErrorLine, entry)
      ? [entry.msg, entry.err?.message.slice(0, 120)].filter(Boolean).join(': ')
      : undefined
  } catch {
    // A line cut off by a kill.
    return undefined
  }
}
