import { describe, expect, it } from 'vitest'
import { brandsStartingWith, searchableBrand } from './brands.ts'

const brands = [
  { name: '(주)종근당건강', itemCount: 3 },
  { name: '종근당 주식회사', itemCount: 7 },
  { name: '고려인삼과학주식회사', itemCount: 5 },
  { name: 'GNC코리아', itemCount: 5 },
].map(searchableBrand)
const names = (typed: string) => brandsStartingWith(brands, typed).map((brand) => brand.name)

describe('brands while they are typed', () => {
  it('understands half-typed blocks, initials, and names with or without the legal form', () => {
    expect(names('종')).toEqual(['종근당 주식회사', '(주)종근당건강'])
    expect(names('종ㄱ')).toEqual(['종근당 주식회사', '(주)종근당건강'])
    expect(names('(주)종근당건')).toEqual(['(주)종근당건강'])
    expect(names('ㄱㄹㅇ')).toEqual(['고려인삼과학주식회사'])
    expect(names('gnc')).toEqual(['GNC코리아'])
    expect(names('근당')).toEqual([])
  })

  it('gives all for nothing, most items first and then by name', () => {
    expect(names('')).toEqual(['종근당 주식회사', 'GNC코리아', '고려인삼과학주식회사', '(주)종근당건강'])
    expect(brandsStartingWith(brands, 'gnc')).toEqual([{ name: 'GNC코리아', itemCount: 5 }])
  })
})
