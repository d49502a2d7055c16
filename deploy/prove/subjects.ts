import type { Prove } from './kit/proof.ts'

interface Subject {
  /** One line for people. */
  about: string
  load(): Promise<Prove>
}

/** What can be proved, by its name on the command line. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  quick: {
    about: 'what can be checked in two minutes, without starting anything (part of the gate)',
    load: async () => (await import('./subjects/quick.ts')).proveQuick,
  },
  tools: {
    about: 'builds the tools that take long, for the proofs after it: all, or those named',
    load: async () => (await import('./subjects/tools.ts')).proveTools,
  },
  images: {
    about: 'the container image: size, start, read-only, no shell, bill of materials',
    load: async () => (await import('./subjects/images.ts')).proveImages,
  },
  nginx: {
    about: 'nginx in front of two servers: spread, walls, addresses, retries, rolling restart',
    load: async () => (await import('./subjects/nginx.ts')).proveNginx,
  },
}

export function subjectOf(name: string): Subject | undefined {
  return Object.hasOwn(SUBJECTS, name) ? SUBJECTS[name] : undefined
}
