import type { Tone } from '../frame/stamp.tsx'

export const RUN_TONES = {
  running: 'waiting',
  paused: 'waiting',
  stopped: 'bad',
  complete: 'good',
  failed: 'bad',
} as const satisfies Record<string, Tone>
