const DAY_MS = 86_400_000

/** When a day begins in Seoul. @param later days later */
export function beginOf(day: string, later = 0): string {
  const begin = new Date(`${day}T00:00:00+09:00`)
  return new Date(begin.getTime() + later * DAY_MS).toISOString()
}
