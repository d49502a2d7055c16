import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyNotice } from './item-notice.fixture.ts'
import { changedNotice, type ItemNotice, lacksOf, NO_NOTICE } from './item-notice.ts'

const texts = {
  distributionPeriod: '제조일로부터 2년',
  preservation: '서늘한 곳',
  mainFunction: '눈 건강',
  servingUse: '1일 1회',
  intakeHint: '주의',
}
const complete: ItemNotice = {
  ...NO_NOTICE,
  origin: 'domestic',
  makerAddress: '충청북도 청주시',
  contents: '30 g',
  ingredients: '루테인 20 %',
  nutrition: '열량 5 kcal',
  sideEffects: '알려진 것 없음',
  geneticallyModified: false,
}
const imported: ItemNotice = {
  ...complete,
  origin: 'imported',
  importer: '수입사',
  country: '미국',
  importDeclared: true,
}

describe('what is missing of a notice', () => {
  it('is nothing when all is said, though no telephone number and no importer is', () => {
    expect(lacksOf(complete, texts)).toEqual([])
  })

  it('is everything of an item of which nothing is known, in the order of the notice', () => {
    const nothing = {
      distributionPeriod: '',
      preservation: ' ',
      mainFunction: '',
      servingUse: '',
      intakeHint: '\n',
    }
    expect(lacksOf(NO_NOTICE, nothing)).toEqual([
      'origin',
      'makerAddress',
      'contents',
      'ingredients',
      'nutrition',
      'sideEffects',
      'geneticallyModified',
      'distributionPeriod',
      'preservation',
      'mainFunction',
      'servingUse',
      'intakeHint',
    ])
  })

  it('is importer, country and declaration instead of the maker’s address where it is imported', () => {
    const bare = { ...imported, makerAddress: '', importer: '', country: '', importDeclared: false }
    expect(lacksOf(bare, texts)).toEqual(['importer', 'country', 'importDeclared'])
    expect(lacksOf({ ...imported, makerAddress: '' }, texts)).toEqual([])
  })

  it('says that genetically modified is not known, and takes “no” for an answer', () => {
    expect(lacksOf({ ...complete, geneticallyModified: null }, texts)).toEqual(['geneticallyModified'])
  })
})

describe('a change of a notice', () => {
  it('leaves what it does not name, and names each part that becomes another', () => {
    fc.assert(
      fc.property(anyNotice, anyNotice, (before, after) => {
        const all = changedNotice(before, after)
        expect(all).toMatchObject({ kind: 'notice', notice: after })
        if (all.kind === 'refused') return
        const turned = Object.fromEntries(all.turns.map(({ part, after: value }) => [part, value]))
        expect({ ...before, ...turned }).toEqual(after)
        expect(all.turns.every((turn) => turn.before !== turn.after)).toBe(true)
        expect(changedNotice(before, {})).toEqual({ kind: 'notice', notice: before, turns: [] })
      }),
    )
  })

  it('takes texts without what stands around them', () => {
    expect(changedNotice(complete, { contents: ' 30 g\n' })).toMatchObject({ turns: [] })
  })

  it('refuses an importer or a country of what is not imported, also when it no longer is', () => {
    const refusal = { kind: 'refused', code: 'notice_importer_of_domestic' }
    expect(changedNotice(complete, { importer: '수입사' })).toMatchObject(refusal)
    expect(changedNotice(NO_NOTICE, { country: '미국' })).toMatchObject(refusal)
    expect(changedNotice(complete, { importDeclared: true })).toMatchObject(refusal)
    expect(changedNotice(NO_NOTICE, { importDeclared: true })).toMatchObject(refusal)
    expect(changedNotice(imported, { origin: 'domestic', importDeclared: true })).toMatchObject(refusal)
    expect(changedNotice(imported, { origin: null })).toMatchObject(refusal)
    expect(changedNotice(imported, { origin: 'domestic', importer: '다른 수입사' })).toMatchObject(refusal)
  })

  it('takes importer, country and declaration away where it becomes made here', () => {
    const turns = [
      { part: 'origin', before: 'imported', after: 'domestic' },
      { part: 'importer', before: '수입사', after: '' },
      { part: 'country', before: '미국', after: '' },
      { part: 'importDeclared', before: true, after: false },
    ]
    for (const change of [{}, { importer: '', country: ' ' }])
      expect(changedNotice(imported, { origin: 'domestic', ...change })).toMatchObject({
        kind: 'notice',
        notice: { origin: 'domestic', importer: '', country: '', importDeclared: false },
        turns,
      })
  })

  it('takes the declaration away where nobody knows any more whether it is imported', () => {
    expect(changedNotice(imported, { origin: null, importer: '', country: '' })).toMatchObject({
      notice: { origin: null, importDeclared: false },
    })
  })

  it.each(['전화', '02-12', '1588-0000 내선 1234567', '<b>1588</b>'])(
    'refuses the telephone number %s',
    (phone) => {
      expect(changedNotice(complete, { phone })).toMatchObject({ code: 'notice_phone_invalid' })
    },
  )
  it.each(['', '1588-0000', '(02) 1234-5678', '+82 2 1234 5678'])(
    'takes the telephone number %s',
    (phone) => {
      expect(changedNotice(complete, { phone })).toMatchObject({ notice: { phone } })
    },
  )
})
