/** Moments as tables write them, after a spreadsheet program saved them anew. */

/** Day 0 of spreadsheets, which keep moments as days and parts of days. */
const SPREADSHEET_EPOCH = Temporal.PlainDateTime.from('1899-12-30T00:00')
const DAY_SECONDS = 86_400

/**
 * `2026-01-31T23:59:59` of what tables write: `2026.01.31 23:59`, `2026-1-31 오후 11:59` (so Excel saves it on a Korean
 * computer), `20260131235959`, a day alone, or a spreadsheet's number. Anything else comes back as it is.
 */
export function isoOf(text: string): string {
  if (/^[3-9]\d{4}(?:\.\d+)?$/.test(text))
    return SPREADSHEET_EPOCH.add({ seconds: Math.round(Number(text) * DAY_SECONDS) }).toString()
  const compact = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/.exec(text)
  if (compact) {
    const [, year, month, day, hour = '00', minute = '00', second = '00'] = compact
    return `${year}-${month}-${day}T${hour}:${minute}:${second}`
  }
  const [, year, month = '', day = '', clock = '0:00'] =
    /^(\d{4})[-./] ?(\d\d?)[-./] ?(\d\d?)\.?(?:[T ]+(\S.*))?$/.exec(text) ?? []
  const time = timeOf(clock)
  return year && time ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${time}` : text
}

const MORNING: readonly string[] = ['오전', 'am']
const HALF_DAY = 12

/** `15:05:00` of `오후 3:05:00`, `3:05:00 PM` or `15:05:00`; what follows the hour stays as it is. */
function timeOf(clock: string): string | undefined {
  const parts = /^(오전|오후|[ap]m)? ?(\d\d?)(:\S+?)(?: ?([ap]m))?$/i.exec(clock)
  if (!parts) return undefined
  const [, before, digits = '', rest, after] = parts
  const half = (before ?? after)?.toLowerCase()
  const hour = Number(digits)
  if (half === undefined) return `${digits.padStart(2, '0')}${rest}`
  if (hour > HALF_DAY || (before && after)) return undefined
  const hours = (hour % HALF_DAY) + (MORNING.includes(half) ? 0 : HALF_DAY)
  return `${String(hours).padStart(2, '0')}${rest}`
}
