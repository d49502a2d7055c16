import type { Config } from '../config.ts'

/** Demo data is for the laptop: never in production, and on a database of one's own only when asked for. */
export function wantsDemo({ nodeEnv, demo, databases }: Config): boolean {
  if (nodeEnv === 'production') return false
  return demo === undefined ? databases.every(({ url }) => url === undefined) : demo === 'on'
}
