import { withoutSign } from './isbd.ts'
import type { DataField } from './record.ts'

/** `$a` with other titles after a colon, and number and name of the part. */
export function properTitle(field: DataField | undefined): string {
  const parts = (field?.subfields ?? []).filter(
    ([code, value]) => 'abnp'.includes(code) && value.trim() !== '',
  )
  const last = field?.subfields.findLast(([code]) => code !== '6')
  return parts
    .map((part, at) => {
      const [code, value] = part
      const next = parts[at + 1]?.[0]
      const words = withoutSign(value, part === last)
      const before =
        at === 0 ? '' : code === 'b' ? ' : ' : code === 'p' && parts[at - 1]?.[0] === 'n' ? ', ' : '. '
      return before + (next === 'n' || next === 'p' ? words.replace(/\s*[.,]$/, '') : words)
    })
    .join('')
}
