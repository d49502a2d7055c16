import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHARSETS, decodeText, encodeText } from './charset.ts'
import { readMoment, sipDue, sipMoment } from './dates.ts'
import { checksumOf, openLine, sealLine } from './envelope.ts'
import { type Line, LONGEST_LINE, NOTHING, takeLines } from './frames.ts'
import { type Kind, LAYOUTS } from './layouts.ts'
import { type Field, fieldOf, formatMessage, LONGEST_VALUE, type Message, parseMessage } from './message.ts'

const text = (bytes: Buffer) => bytes.toString('latin1')
const kinds = Object.keys(LAYOUTS).filter((name): name is Kind => name in LAYOUTS)

/**
 * Any message of ours or of a machine that is not ambiguous on the wire: the protocol has no mark between a message and
 * its number, so that one without a number that ends with `AY0` is the same line as a shorter one with number 0. Fixed
 * fields of real messages have no such words, and the codes AY and AZ belong to the envelope.
 */
const anyMessage = fc.constantFrom(...kinds).chain((kind) => {
  const widths: [string, number][] = Object.entries(LAYOUTS[kind].fixed)
  const printable = fc.string({ unit: fc.constantFrom(...'YN 0123BZ'), minLength: 18, maxLength: 18 })
  const value = fc.string({ unit: fc.constantFrom(...'토지박경리 aZ09-:^'), maxLength: LONGEST_VALUE })
  const code = fc
    .string({ unit: fc.constantFrom(...'ABCDEFXYZ'), minLength: 2, maxLength: 2 })
    .filter((name) => name !== 'AY' && name !== 'AZ')
  return fc.record({
    kind: fc.constant(kind),
    fixed: fc
      .tuple(...widths.map(([, width]) => printable.map((all) => all.slice(0, width))))
      .map((values) => Object.fromEntries(widths.map(([name], index) => [name, values[index]]))),
    fields: fc.array(fc.tuple(code, value), { maxLength: 12 }),
  })
})

describe('messages', () => {
  it('are what was written, once they are taken apart, in both sets of characters and through the checksum', () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.constantFrom(...CHARSETS),
        fc.option(fc.constantFrom(...'0123456789'), { nil: undefined }),
        (message, charset, sequence) => {
          const written = encodeText(formatMessage(message as Message), charset)
          const { lines } = takeLines(NOTHING, sealLine(written, { sequence }))
          const [line] = lines
          if (line?.kind !== 'line') throw new Error('no line')
          const opened = openLine(line.bytes)
          expect(opened).toMatchObject({ kind: 'whole', checked: true, sequence })
          if (opened.kind === 'whole') expect(parseMessage(decodeText(opened.body, charset))).toEqual(message)
        },
      ),
    )
  })

  it('are read with their fields in any order, without those that are missing, and with strange ones', () => {
    const read = parseMessage(
      '11YN20261130    091500                  ABPL00000001|??|A|ZZx|AA  M00000001 |AB2|AOlib',
    )
    expect(read).toMatchObject({ kind: 'checkout', fixed: { renewalPolicy: 'Y', noBlock: 'N' } })
    if (!read) throw new Error('not read')
    expect(fieldOf(read, 'AA')).toBe('M00000001')
    expect(fieldOf(read, 'AB')).toBe('PL00000001')
    expect(fieldOf(read, 'AO')).toBe('lib')
    expect(fieldOf(read, 'ZZ')).toBe('x')
    expect(fieldOf(read, 'AC')).toBe('')
  })

  it('are none when they begin like none, or end within their fixed fields', () => {
    for (const line of ['', '1', '00', '4200', '11YN2026', '9', '930', '23', 'AA|'])
      expect(parseMessage(line)).toBeUndefined()
    expect(parseMessage('97')).toEqual({ kind: 'resend', fixed: {}, fields: [] })
    expect(parseMessage('9300')).toMatchObject({ kind: 'login', fields: [] })
  })

  it('cannot be broken by what stands in a value, and are never wider than their layout', () => {
    const hostile: Field[] = [
      ['AF', 'a|AA더 있음\r99\n\u0000b'],
      ['a1', 'dropped'],
      ['ABC', 'dropped'],
      ['xAB', 'dropped'],
      ['AJ', '😀'.repeat(300)],
    ]
    const written = formatMessage({
      kind: 'endSessionAnswer',
      fixed: { ended: 'YES', at: 'x' },
      fields: hostile,
    })
    expect(written.startsWith(`36Yx${' '.repeat(17)}AFa AA더 있음 99  b|AJ😀`)).toBe(true)
    const read = parseMessage(written)
    expect(read?.fields.map(([code]) => code)).toEqual(['AF', 'AJ'])
    expect(Array.from(read?.fields[1]?.[1] ?? '')).toHaveLength(LONGEST_VALUE)
  })

  it('never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...CHARSETS), (bytes, charset) => {
        for (const line of takeLines(NOTHING, Buffer.from(bytes)).lines) {
          if (line.kind === 'too_long') continue
          const opened = openLine(line.bytes)
          if (opened.kind === 'whole') parseMessage(decodeText(opened.body, charset))
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a checksum', () => {
  // Lines as real machines and libraries have sent them.
  it.each([
    ['9900401.00AY1AZFCA5', '1'],
    ['9900302.0E|AY1AZFC14', '1'],
    ['941AY3AZFDFA', '3'],
    ['97AZFEF5', undefined],
  ])('of %s', (line, sequence) => {
    const body = Buffer.from(line.slice(0, line.lastIndexOf(sequence === undefined ? 'AZ' : 'AY')))
    expect(openLine(Buffer.from(line))).toEqual({ kind: 'whole', body, sequence, checked: true })
  })

  it('is of 16 bits, and nought together with what it is of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const sum = bytes.reduce((total, byte) => total + byte, 0)
        expect((sum + Number.parseInt(checksumOf(bytes), 16)) % 0x1_0000).toBe(0)
        expect(checksumOf(bytes)).toMatch(/^[0-9A-F]{4}$/)
      }),
    )
  })

  it('finds a byte that was changed', () => {
    fc.assert(
      fc.property(fc.nat(34), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const line = sealLine(Buffer.from('1720261130    091500ABPL00000001|'), { sequence: '3' }).subarray(
          0,
          -1,
        )
        const changed = Buffer.from(line)
        changed[at] = ((changed[at] ?? 0) + by) & 0xff
        expect(openLine(changed)).toEqual({ kind: 'damaged' })
      }),
    )
  })

  it('may be missing, in small letters or before a bar', () => {
    expect(openLine(Buffer.from('9900302.00'))).toMatchObject({
      kind: 'whole',
      checked: false,
      sequence: undefined,
    })
    expect(openLine(Buffer.from('9900302.0E|AY1AZfc14'))).toMatchObject({ kind: 'whole', sequence: '1' })
    expect(openLine(Buffer.from('9900302.0E|AY1AZFC14|'))).toMatchObject({ kind: 'whole', sequence: '1' })
    // What looks like one in the middle of a line is none.
    for (const line of ['AFAY1AZFC14 and more|', 'AFAZFC14 and more|'])
      expect(openLine(Buffer.from(line))).toMatchObject({ kind: 'whole', checked: false })
    expect(text(sealLine(Buffer.from('96'), { sequence: undefined }))).toBe('96AZFEF6\r')
    expect(text(sealLine(Buffer.from('941'), undefined))).toBe('941\r')
  })
})

describe('lines', () => {
  const said = (lines: readonly Line[]) =>
    lines.map((line) => (line.kind === 'line' ? text(line.bytes) : line.kind))

  it('are the same however packets cut them', () => {
    const wire = Buffer.from('9300CNa|COb|\r\n99003\r\r\n\x00\x00972\n97\r')
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 10 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
        let rest = NOTHING
        const lines: Line[] = []
        for (const [index, from] of places.entries()) {
          const taken = takeLines(rest, wire.subarray(from, places[index + 1] ?? wire.length))
          rest = taken.rest
          lines.push(...taken.lines)
        }
        expect(said(lines)).toEqual(['9300CNa|COb|', '99003', '972', '97'])
        expect(rest.bytes).toHaveLength(0)
      }),
    )
  })

  it('that are too long are told of once and passed by, and keep no memory', () => {
    const first = takeLines(NOTHING, Buffer.alloc(LONGEST_LINE, 'x'))
    expect(first.rest.bytes).toHaveLength(LONGEST_LINE)
    const second = takeLines(first.rest, Buffer.from('x'))
    expect(second).toEqual({ lines: [], rest: { bytes: Buffer.alloc(0), skipping: true } })
    const third = takeLines(second.rest, Buffer.alloc(100_000, 'y'))
    expect(third.rest).toEqual({ bytes: Buffer.alloc(0), skipping: true })
    const last = takeLines(third.rest, Buffer.from('zz\r97\r9'))
    expect(said(last.lines)).toEqual(['too_long', '97'])
    expect(text(last.rest.bytes)).toBe('9')
    expect(said(takeLines(NOTHING, Buffer.from(`${'x'.repeat(LONGEST_LINE)}\r`)).lines)).toEqual([
      'x'.repeat(LONGEST_LINE),
    ])
    expect(said(takeLines(NOTHING, Buffer.from(`${'x'.repeat(LONGEST_LINE + 1)}\r`)).lines)).toEqual([
      'too_long',
    ])
  })
})

describe('moments', () => {
  it('are those of Seoul, or of UTC where it says so', () => {
    expect(readMoment('20261130    091500')?.toString()).toBe('2026-11-30T00:15:00Z')
    expect(readMoment('20261130   Z091500')?.toString()).toBe('2026-11-30T09:15:00Z')
    expect(sipMoment(Temporal.Instant.from('2026-12-31T15:00:00Z'))).toBe('20270101    000000')
    expect(sipDue('2026-12-14')).toBe('20261214    235959')
  })

  it('are none when the calendar or the clock does not have them', () => {
    for (const none of [
      '',
      ' '.repeat(18),
      '20260230    091500',
      '20261130    241500',
      '2026-11-30T09:15:00',
      'x20261130    091500',
      '20261130    0915001',
      '20261130 +09091500',
    ])
      expect(readMoment(none)).toBeUndefined()
  })

  it('are the same when they are read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const at = Temporal.Instant.fromEpochMilliseconds(seconds * 1_000)
        expect(readMoment(sipMoment(at))?.equals(at)).toBe(true)
      }),
    )
  })
})

describe('characters', () => {
  it('of Korean are those of CP949, all syllables of it', () => {
    expect(encodeText('토지', 'cp949')).toEqual(Buffer.from([0xc5, 0xe4, 0xc1, 0xf6]))
    expect(decodeText(encodeText('똠방각하 뷁', 'cp949'), 'cp949')).toBe('똠방각하 뷁')
    expect(text(encodeText('😀책', 'cp949')).startsWith('?')).toBe(true)
    expect(decodeText(Buffer.from([0xff, 0x41]), 'utf-8')).toBe('\ufffdA')
  })
})
