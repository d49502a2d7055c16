/** Records of MARC 21 and of KORMARC (KS X 6006-0), which share their structure (ISO 2709) and differ in some fields. */

export type Subfield = readonly [code: string, value: string]

export interface ControlField {
  readonly tag: string
  readonly value: string
}

export interface DataField {
  readonly tag: string
  /** Two characters. */
  readonly indicators: string
  readonly subfields: readonly Subfield[]
}

export type MarcField = ControlField | DataField

export interface MarcRecord {
  /** 24 characters. */
  readonly leader: string
  readonly fields: readonly MarcField[]
}

/** Why a record cannot be read. */
export type Damage =
  | 'truncated'
  | 'too_long'
  | 'bad_leader'
  | 'wrong_length'
  | 'bad_directory'
  | 'bad_field'
  | 'bad_encoding'
  | 'marc8'
  | 'not_xml'
  | 'unclosed'

export type ReadRecord =
  | { readonly kind: 'record'; readonly record: MarcRecord }
  | { readonly kind: 'damaged'; readonly damage: Damage }

/** Says of a record that it cannot be read, and why: it alone is lost. */
export const damaged = (damage: Damage): ReadRecord => ({ kind: 'damaged', damage })

/** The data fields with a tag, in order. */
export function fieldsOf({ fields }: MarcRecord, ...tags: readonly string[]): DataField[] {
  return fields.filter((field): field is DataField => 'subfields' in field && tags.includes(field.tag))
}

/** The first value of a subfield of a field; '' when there is none. */
export function firstOf(field: DataField | undefined, code: string): string {
  return field?.subfields.find(([known, value]) => known === code && value.trim() !== '')?.[1] ?? ''
}

/** All values of subfields, in their order. */
export function valuesOf(field: DataField | undefined, codes: string): string[] {
  return (field?.subfields ?? []).flatMap(([code, value]) =>
    codes.includes(code) && value.trim() !== '' ? [value] : [],
  )
}

/** The value of a control field; '' when there is none. */
export function controlOf({ fields }: MarcRecord, tag: string): string {
  const field = fields.find((one) => one.tag === tag)
  return field !== undefined && 'value' in field ? field.value : ''
}
