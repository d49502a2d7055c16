import { tidy, withoutSign } from './isbd.ts'
import { properTitle } from './proper-title.ts'
import { type DataField, fieldsOf, type MarcRecord, type Subfield, valuesOf } from './record.ts'

/** A series a title is of, and its number there. */
interface Series {
  readonly series: string
  /** As `12` or `제3권`; '' for none. */
  readonly volume: string
}

/**
 * The series of a record (총서): as the book states them (490), else as older records have them (440), else as their
 * headings say (830). 490 and 830 mostly say the same twice, so they are never read together; only the number is taken from
 * a heading when the statement has none.
 */
export function seriesOf(record: MarcRecord): Series[] {
  const stated = fieldsOf(record, '490').flatMap(statementsIn)
  const headings = fieldsOf(record, '830').flatMap(headingIn)
  const found = [stated, fieldsOf(record, '440').flatMap(headingIn), headings].find((some) => some.length > 0)
  const each = new Map<string, Series>()
  for (const { series, volume } of found ?? []) {
    const numbered = headings.find((heading) => heading.series === series)?.volume ?? ''
    if (!each.has(series)) each.set(series, { series, volume: volume || numbered })
  }
  return [...each.values()]
}

/**
 * A field may state several, each `$a` with its `$v` (`$a총서 ;$v7.$a작은 총서 ;$v12`); what stands behind `=` is the
 * same in another language.
 */
function statementsIn(field: DataField): Series[] {
  const parts: { name: string; rest: Subfield[]; isLast: boolean }[] = []
  for (const [at, subfield] of field.subfields.entries()) {
    const [code, value] = subfield
    const last = parts.at(-1)
    const isParallel = field.subfields[at - 1]?.[1].trimEnd().endsWith('=') === true
    if (code === 'a' && !(last && isParallel))
      parts.push({ name: value, rest: [], isLast: at === field.subfields.length - 1 })
    else last?.rest.push(subfield)
  }
  return parts.flatMap(({ name, rest, isLast }) => {
    const [stated = ''] = valuesOf({ ...field, subfields: rest }, 'v')
    const { series, volume } = unbracketed(withoutSign(name, isLast), volumeIn(stated))
    return series === '' ? [] : [{ series, volume }]
  })
}

/** `$a` with number and name of the part, and `$v`. */
function headingIn(field: DataField): Series[] {
  const { series, volume } = unbracketed(properTitle(field), volumeIn(valuesOf(field, 'v')[0]))
  return series === '' ? [] : [{ series, volume }]
}

/** Cataloguers put the area into brackets, as the rules print it: `(세계문학전집 ;$v12)`. */
function unbracketed(series: string, volume: string): Series {
  const inBrackets = volume === '' ? /^\(([^()]+)\)$/.exec(series) : /^\(([^()]+)$/.exec(series)
  const closed = volume === '' ? '' : /^([^()]*)\)$/.exec(volume)?.[1]
  return inBrackets && closed !== undefined
    ? { series: (inBrackets[1] ?? '').trim(), volume: closed }
    : { series, volume }
}

/** Without what ends the field: `12.` is 12. */
const volumeIn = (text = '') => tidy(text).replace(/\s*[;,.]$/, '')
