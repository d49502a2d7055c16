/** What may be logged of an error: a command has arguments, and those are passwords, ids of sessions and kept answers. */
export interface WhatFailed {
  name: string
  message: string
  command?: string
}

/** What Redis itself quotes of the arguments of a command it does not know. */
const QUOTED = /, with args beginning with:.*/s

/** Says of an error of Redis what went wrong, and nothing of what it was asked with. */
export function whatFailed(error: unknown): WhatFailed {
  if (!(error instanceof Error)) return { name: 'unknown', message: '' }
  const command = commandOf(error)
  return {
    name: error.name,
    message: error.message.replace(QUOTED, ''),
    ...(command === undefined ? {} : { command }),
  }
}

/** The driver hangs the command with everything it was given on the error. */
function commandOf(error: Error): string | undefined {
  if (!('command' in error) || typeof error.command !== 'object' || error.command === null) return undefined
  return 'name' in error.command && typeof error.command.name === 'string' ? error.command.name : undefined
}
