import { describe, expect, it } from 'vitest'
import { inRegister, unknownToRegister, withOwnWords, written } from './own-texts.ts'
import type { ImportedItem } from './public-data.ts'

const item = (more: Partial<ImportedItem> = {}): ImportedItem => ({
  statementNumber: '200400160001',
  name: '홍삼정',
  enterprise: '고려',
  registeredDate: null,
  updatedDate: null,
  distributionPeriod: '',
  appearance: '',
  servingUse: '1일 1회',
  preservation: '',
  intakeHint: '',
  mainFunction: '면역력 증진',
  baseStandard: '',
  rawMaterials: '',
  shape: '',
  ...more,
})

describe('what a merchant writes', () => {
  it('is theirs where the register says something else, also where they left it blank', () => {
    const mine = written(item(), item({ name: '우리 홍삼', servingUse: '' }))
    expect(mine.registerTexts).toEqual({ name: '홍삼정', servingUse: '1일 1회' })
    expect(inRegister(mine)).toEqual(item())
  })

  it('is given back by writing what the register says', () => {
    expect(written(item(), item()).registerTexts).toEqual({})
  })

  it('stays when the register says something new; all the rest follows the register', () => {
    const mine = written(item(), item({ name: '우리 홍삼' }))
    const next = withOwnWords(item({ name: '홍삼정 골드', enterprise: '새 고려' }), mine)
    expect(next.item).toEqual(item({ name: '우리 홍삼', enterprise: '새 고려' }))
    expect(next.registerTexts).toEqual({ name: '홍삼정 골드' })
    expect(inRegister(next).name).toBe('홍삼정 골드')
  })

  it('before the register knows the item leaves to it only what is blank', () => {
    const mine = unknownToRegister(item())
    expect(mine.registerTexts).toEqual({ name: '', enterprise: '', servingUse: '', mainFunction: '' })
    const next = withOwnWords(item({ name: '등록 이름', shape: '캡슐', servingUse: '' }), mine)
    expect(next.item).toEqual(item({ shape: '캡슐' }))
    expect(next.registerTexts).toMatchObject({ name: '등록 이름', servingUse: '' })
  })
})
