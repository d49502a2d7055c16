import { describe, expect, it } from 'vitest'
import type { ExchangedTitle } from '../formats/exchanged-title.ts'
import { decideImport, type ImportWish, type Known, type KnownTitle, keyOf } from './decide-import.ts'

const TITLE: ExchangedTitle = {
  title: '토지',
  author: '박경리',
  publisher: '샘물',
  year: 2012,
  isbn: '9791188000005',
  callNumber: '813.6 박14ㅌ',
  kdc: '813.6',
  cover: null,
  series: '',
  seriesVolume: '',
  edition: '',
  extent: '',
  subjects: '',
  barcodes: ['EM01'],
  copies: null,
}
const OTHER = '9788937460777'

/** The library with these titles. */
function library(...titles: (Partial<ExchangedTitle> & Pick<Partial<KnownTitle>, 'state'>)[]): Known {
  const known: Known = { byIsbn: new Map(), byBarcode: new Map(), byDescription: new Map() }
  for (const [n, { state = 'lendable', ...given }] of titles.entries()) {
    const { barcodes, copies: _, ...described } = { ...TITLE, ...given }
    const title = {
      id: `t${n}`,
      state,
      version: 1,
      described,
      barcodes: new Set(barcodes),
      unnamed: 0,
      added: [],
    }
    if (described.isbn === null) known.byDescription.set(keyOf(described), title)
    else known.byIsbn.set(described.isbn, title)
    for (const barcode of barcodes) known.byBarcode.set(barcode, title)
  }
  return known
}
const decide = (known: Known, title: Partial<ExchangedTitle>, wish: Partial<ImportWish> = {}) => {
  const decision = decideImport(known, { ...TITLE, ...title }, { update: false, copies: 1, ...wish })
  switch (decision.kind) {
    case 'added':
      return {
        kind: 'added',
        copies: decision.copies,
        unnamed: decision.known.unnamed,
        added: decision.known.added,
      }
    case 'changed':
      return {
        kind: 'changed',
        id: decision.known.id,
        copies: decision.copies,
        fields: decision.changes.map(({ field }) => field),
      }
    case 'unchanged':
      return decision.known.id
    case 'rejected':
      return `${decision.code} ${decision.about}`.trim()
  }
}

describe('a title of a file', () => {
  it('is new with the copies the file names, or with as many as are wished for', () => {
    expect(decide(library(), {})).toEqual({ kind: 'added', copies: 1, unnamed: 0, added: ['EM01'] })
    expect(decide(library(), { barcodes: [] }, { copies: 2 })).toMatchObject({ copies: 2, unnamed: 2 })
    expect(decide(library(), { barcodes: [], copies: 3 })).toMatchObject({ copies: 3, unnamed: 3 })
    // A table that counts and names its copies.
    expect(decide(library(), { copies: 3 })).toMatchObject({ copies: 3, unnamed: 2 })
    expect(decide(library(), { copies: 0 })).toMatchObject({ copies: 1, unnamed: 0 })
  })

  it('is known by its ISBN, else by its copies, else by its description', () => {
    const isbn = null
    expect(decide(library({}), { title: '토지 1', barcodes: [] })).toBe('t0')
    expect(decide(library({ isbn }), { title: '토지 1' })).toBe('t0')
    expect(decide(library({}), { isbn, title: '토지 1' })).toBe('t0')
    expect(decide(library({ isbn }), { isbn, barcodes: [] })).toBe('t0')
    expect(decide(library({ isbn }), { isbn, barcodes: [], year: 2013 })).toMatchObject({ kind: 'added' })
    expect(decide(library({}), { isbn, barcodes: [] })).toMatchObject({ kind: 'added' })
    expect(decide(library({}), { isbn: OTHER, barcodes: [] })).toMatchObject({ kind: 'added' })
  })

  it('twice in a file is one', () => {
    const known = library()
    expect(decide(known, {})).toMatchObject({ kind: 'added' })
    expect(decide(known, {})).toBe(undefined)
    expect(decide(known, { barcodes: ['EM02'] })).toMatchObject({ kind: 'changed', copies: 1 })
    expect(decide(known, { barcodes: ['EM01', 'EM02'] })).toBe(undefined)
    expect(known.byIsbn.get('9791188000005')?.added).toEqual(['EM01', 'EM02'])
    const unnumbered = library()
    expect(decide(unnumbered, { isbn: null, barcodes: [] })).toMatchObject({ kind: 'added' })
    expect(decide(unnumbered, { isbn: null, barcodes: [] })).toBe(undefined)
  })

  it('gets the copies it lacks, and loses none', () => {
    const known = library({ barcodes: ['EM01', 'EM02'] })
    expect(decide(known, { barcodes: ['EM02', 'EM03'], copies: 1 })).toEqual({
      kind: 'changed',
      id: 't0',
      copies: 1,
      fields: [],
    })
    expect([...(known.byIsbn.get('9791188000005')?.barcodes ?? [])]).toEqual(['EM01', 'EM02', 'EM03'])
  })

  it('is described anew only when that is wished for, and never erased or given another ISBN', () => {
    const said = { title: '토지 1', publisher: '', year: null, kdc: '813.62' }
    expect(decide(library({}), said)).toBe('t0')
    expect(decide(library({}), said, { update: true })).toMatchObject({ fields: ['title', 'kdc'], copies: 0 })
    expect(decide(library({ isbn: null }), {}, { update: true })).toMatchObject({ fields: ['isbn'] })
    expect(decide(library({}), { isbn: null }, { update: true })).toBe('t0')
    const known = library({})
    decide(known, said, { update: true })
    expect(known.byIsbn.get('9791188000005')?.described).toMatchObject({
      title: '토지 1',
      publisher: '샘물',
      year: 2012,
    })
  })

  it('that comes in another series loses its number in the one before', () => {
    const known = library({ series: '큰 총서', seriesVolume: '3' })
    const fields = (said: Partial<ExchangedTitle>) => {
      const decision = decideImport(known, { ...TITLE, ...said }, { update: true, copies: 1 })
      return decision.kind === 'changed' ? decision.changes.map(({ field, after }) => [field, after]) : []
    }
    expect(fields({})).toEqual([])
    expect(fields({ series: '큰 총서' })).toEqual([])
    expect(fields({ series: '작은 총서' })).toEqual([
      ['series', '작은 총서'],
      ['seriesVolume', ''],
    ])
    expect(fields({ series: '작은 총서', seriesVolume: '1' })).toEqual([['seriesVolume', '1']])
  })

  it('with a copy of another one is rejected', () => {
    expect(decide(library({}), { isbn: OTHER })).toBe('barcode_elsewhere EM01')
    expect(decide(library({}, { isbn: OTHER, barcodes: ['EM02'] }), { barcodes: ['EM01', 'EM02'] })).toBe(
      'barcode_elsewhere EM02',
    )
    const two = library({ isbn: null }, { isbn: null, title: '무정', barcodes: ['EM02'] })
    expect(decide(two, { isbn: null, barcodes: ['EM01', 'EM02'] })).toBe('barcode_elsewhere EM02')
  })

  it('that was withdrawn comes back by nobody’s file', () => {
    expect(decide(library({ state: 'withdrawn' }), {})).toBe('t0')
    expect(decide(library({ state: 'withdrawn' }), { barcodes: ['EM02'] })).toBe('book_withdrawn')
    expect(decide(library({ state: 'withdrawn' }), { title: 'x' }, { update: true })).toBe('book_withdrawn')
  })

  it('has no more than a thousand copies', () => {
    const barcodes = Array.from({ length: 1_000 }, (_, n) => `B${String(n).padStart(4, '0')}`)
    expect(decide(library(), { barcodes })).toMatchObject({ copies: 1_000 })
    expect(decide(library(), { barcodes: [...barcodes, 'EM01'] })).toBe('too_many_copies')
    expect(decide(library({ barcodes }), {})).toBe('too_many_copies')
  })
})
