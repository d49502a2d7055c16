const DAY_MS = 86_400_000

/** When a day begins in Seoul. @param later days later */
export function beginOf(day: string, later = 0): string {
  const begin = new Date(`${day}T00:00:00+09:00`)
  return new Date(begin.getTime() + later * DAY_MS).toISOString()
}

/** A moment as a field for local time has it, in Seoul, whatever the browser's own time zone is. */
export function fieldOf(moment: string): string {
  return new Date(new Date(moment).getTime() + 9 * 3_600_000).toISOString().slice(0, 16)
}

/** The moment in such a field. */
export function momentOf(field: string): string {
  return new Date(`${field}:00+09:00`).toISOString()
}
