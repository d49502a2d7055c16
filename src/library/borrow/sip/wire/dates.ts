/** Where machines stand: a moment without a zone is one there. */
const ZONE = 'Asia/Seoul'

const MOMENT = /^(\d{4})(\d{2})(\d{2})( {4}| {3}Z)(\d{2})(\d{2})(\d{2})$/

/** A moment as the protocol writes it: `YYYYMMDDZZZZHHMMSS`, the zone of four spaces being local time. */
export function sipMoment(at: Temporal.Instant): string {
  const { year, month, day, hour, minute, second } = at.toZonedDateTimeISO(ZONE)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${String(year).padStart(4, '0')}${two(month)}${two(day)}    ${two(hour)}${two(minute)}${two(second)}`
}

/** The end of a due date, in the same form. */
export function sipDue(on: string): string {
  return `${on.replaceAll('-', '')}    235959`
}

/** The moment a machine wrote, in local time or in UTC (`Z`). Undefined when it is none. */
export function readMoment(text: string): Temporal.Instant | undefined {
  const found = MOMENT.exec(text)
  if (!found) return undefined
  // A clock that was never set; the database knows no such year.
  if (found[1] === '0000') return undefined
  const [, year, month, day, zone, hour, minute, second] = found
  const parts = { year: Number(year), month: Number(month), day: Number(day) }
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second) }
  try {
    const local = Temporal.PlainDateTime.from({ ...parts, ...time }, { overflow: 'reject' })
    return local.toZonedDateTime(zone === '   Z' ? 'UTC' : ZONE).toInstant()
  } catch {
    return undefined
  }
}
