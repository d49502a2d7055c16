import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Category, categoriesOf, categoryCodes, categoryNames, isCategory } from './categories.ts'

/** Texts in the wording of the official register, and sentences made to trap a bare substring test. */
const table: readonly (readonly [string, readonly Category[]])[] = [
  // eyes
  ['눈의 피로도 개선에 도움을 줄 수 있음', ['EYE']],
  ['눈 피로 개선', ['EYE']],
  ['노화로 인해 감소될 수 있는 황반색소밀도를 유지하여 눈 건강에 도움을 줄 수 있음', ['EYE']],
  ['어두운 곳에서 시각 적응을 위해 필요', ['EYE']],
  ['건조한 눈을 개선하여 눈 건강에 도움을 줄 수 있음', ['EYE']],
  [
    '혈중 중성지질 개선ㆍ혈행 개선에 도움을 줄 수 있음, 건조한 눈을 개선하여 눈건강에 도움',
    ['EYE', 'FATIGUE'],
  ],
  ['①어두운곳에서시각적응을위해필요②피부와 점막을 형성하고 기능을 유지하는데 필요', ['EYE', 'SKIN']],
  ['시력 보호', ['EYE']],
  ['눈에 띄게 달라진 활력', ['ETC']],
  ['한눈에 보는 섭취 시각 안내', ['ETC']],
  ['눈금이 있는 계량컵, 눈높이에 맞춘 설명', ['ETC']],
  // bones and joints
  ['뼈와 치아 형성에 필요', ['BONE']],
  ['뼈의 형성과 유지에 필요', ['BONE']],
  [
    '칼슘과 인이 흡수되고 이용되는데 필요②뼈의 형성과 유지에 필요③골다공증발생 위험 감소에 도움을 줌',
    ['BONE'],
  ],
  ['관절 및 연골 건강에 도움을 줄 수 있음', ['BONE']],
  ['정상적인 면역기능에 필요②뼈및치아의 구성', ['BONE']],
  ['골다공증발생의 위험을 감소시킬 수 있음', ['BONE']],
  ['뼈건강에 도움', ['BONE']],
  ['기관절개 환자는 섭취 전 상담', ['ETC']],
  ['영양을 골고루 골라 담음', ['ETC']],
  // brain
  ['기억력 개선에 도움을 줄 수 있음', ['BRAIN']],
  ['노화로 인해 저하된 인지능력 개선에 도움을 줄 수 있음', ['BRAIN']],
  ['인지능력 향상', ['BRAIN']],
  ['기억력 개선ㆍ혈행개선에 도움을 줄 수 있음', ['BRAIN', 'FATIGUE']],
  ['두뇌 건강', ['BRAIN']],
  ['뇌 기능 유지에 필요', ['BRAIN']],
  ['특이체질인지 확인 후 섭취', ['ETC']],
  // gut
  ['원활한 배변활동에 도움을 줄 수 있음', ['INTESTINE']],
  ['유산균 증식 및 유해균 억제∙배변활동 원활∙장 건강에 도움을 줄 수 있음', ['INTESTINE']],
  ['장건강에 도움을 줄 수 있음', ['INTESTINE']],
  ['주된 기능성-③장건강에 도움을 줄 수 있음', ['INTESTINE']],
  ['장내 유익균의 증식', ['INTESTINE']],
  ['프로바이오틱스', ['INTESTINE']],
  ['장까지 살아서 도달', ['INTESTINE']],
  ['장·피부 건강', ['INTESTINE', 'SKIN']],
  ['어린이 성장에 도움', ['ETC']],
  ['성장기 어린이의 건강한 성장 기능', ['ETC']],
  ['장기간 섭취 시 주의', ['ETC']],
  ['위장 건강', ['ETC']],
  ['신장 기능, 심장 건강', ['ETC']],
  ['포장 내 방습제는 먹지 마십시오', ['ETC']],
  ['1장 내외', ['ETC']],
  ['장수와 장점', ['ETC']],
  // liver
  ['간 건강에 도움을 줄 수 있음', ['LIVER']],
  ['간건강에 도움', ['LIVER']],
  ['알코올성 손상으로부터 간을 보호하여 간 건강에 도움을 줄 수 있음', ['LIVER']],
  ['간(肝) 기능 개선', ['LIVER']],
  ['간세포 보호', ['LIVER']],
  ['눈·간 건강', ['EYE', 'LIVER']],
  ['간과 눈의 건강', ['EYE', 'LIVER']],
  ['일정 기간 건강하게 섭취', ['ETC']],
  ['순간 보호, 시간 기능, 간격 유지', ['ETC']],
  ['간격을 두고 간단히 간식과 함께', ['ETC']],
  ['성분 간의 기능 차이', ['ETC']],
  ['3개월 간 건강 상태를 확인', ['ETC']],
  ['상호 간 보호', ['ETC']],
  ['2주 간 회복', ['ETC']],
  ['크릴오일 간 건강', ['LIVER']],
  ['간을 맞추는 조미', ['ETC']],
  ['간장 소스', ['ETC']],
  ['공간 활력', ['ETC']],
  // skin
  ['피부보습에 도움을 줄 수 있음', ['SKIN']],
  ['자외선에 의한 피부손상으로부터 피부건강을 유지하는데 도움을 줄 수 있음', ['SKIN']],
  ['햇볕 또는 자외선에 의한 피부 손상으로부터 피부 건강 유지', ['SKIN']],
  ['귤의 외피부분을 제거', ['ETC']],
  // antioxidant
  ['유해산소로부터 세포를 보호하는데 필요', ['ANTIOXIDANT']],
  ['항산화에 도움을 줄 수 있음', ['ANTIOXIDANT']],
  ['항산화·혈압이 높은 사람에게 도움', ['ANTIOXIDANT']],
  ['산화방지제 첨가', ['ETC']],
  // fatigue and circulation
  ['피로개선에 도움을 줄 수 있음', ['FATIGUE']],
  ['혈소판 응집 억제를 통한 혈액흐름에 도움을 줄 수 있음', ['FATIGUE']],
  ['혈소판응집억제를통한혈액흐름', ['FATIGUE']],
  ['혈행 개선에 도움을 줄 수 있음', ['FATIGUE']],
  ['눈의 피로도 개선 및 피로회복', ['EYE', 'FATIGUE']],
  [
    '①면역력 증진②피로개선③혈소판 응집 억제를 통한 혈액흐름에 도움④기억력 개선⑤항산화에 도움을 줄 수 있음',
    ['BRAIN', 'ANTIOXIDANT', 'FATIGUE'],
  ],
  // none of the eight
  ['체내 에너지 생성에 필요', ['ETC']],
  ['탄수화물과 에너지 대사에 필요', ['ETC']],
  ['면역력 증진에 도움을 줄 수 있음', ['ETC']],
  ['혈중 콜레스테롤 개선에 도움을 줄 수 있음', ['ETC']],
  ['정상적인 혈액응고에 필요', ['ETC']],
  ['체내 산소운반과 혈액생성에 필요', ['ETC']],
  ['식후 혈당상승 억제에 도움을 줄 수 있음', ['ETC']],
  ['체지방 감소에 도움을 줄 수 있음', ['ETC']],
  ['갱년기 여성의 건강에 도움을 줄 수 있음', ['ETC']],
  ['전립선 건강의 유지에 도움', ['ETC']],
  ['', ['ETC']],
]

describe('categoriesOf', () => {
  test.each(table)('%s → %j', (text, categories) => {
    expect(categoriesOf(text)).toEqual(categories)
  })

  test.each(table)('decomposed Hangul makes no difference: %s', (text, categories) => {
    expect(categoriesOf(text.normalize('NFD'))).toEqual(categories)
  })

  test('a line break inside a claim makes no difference', () => {
    expect(categoriesOf('간\r\n건강에 도움')).toEqual(['LIVER'])
  })

  test('two texts on two lines have at least the categories of each', () => {
    const texts = fc.constantFrom(...table.map(([text]) => text))
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const both = categoriesOf(`①${a}.\n②${b}`)
        for (const category of [...categoriesOf(a), ...categoriesOf(b)]) {
          if (category !== 'ETC') expect(both).toContain(category)
        }
      }),
    )
  })

  test('gives a non-empty, ordered set for any text, and ETC only alone', () => {
    const syllables = fc.array(
      fc.constantFrom('간', '장', '눈', '뼈', '피', '부', '로', '건', '강', '성', ' ', '의', '·', '1', '기'),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          syllables.map((parts) => parts.join('')),
        ),
        (text) => {
          const found = categoriesOf(text)
          expect(found.length).toBeGreaterThan(0)
          expect(found).toEqual(categoryCodes.filter((code) => found.includes(code)))
          if (found.includes('ETC')) expect(found).toEqual(['ETC'])
        },
      ),
    )
  })

  test('a long list of neighbours is read in no time', () => {
    for (const part of ['·가나다', '와', '과 와', ' ', '간', '장과', '눈·', '뇌 및']) {
      expect(categoriesOf(`간${part.repeat(5_000)}#`)).not.toContain('SKIN')
    }
  }, 5_000)
})

test('every category has a name in both languages', () => {
  expect(Object.keys(categoryNames)).toEqual([...categoryCodes])
  expect(categoryCodes).toHaveLength(9)
  expect(isCategory('LIVER')).toBe(true)
  expect(isCategory('liver')).toBe(false)
  expect(isCategory(undefined)).toBe(false)
})
