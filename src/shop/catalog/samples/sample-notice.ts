/** Notices of invented items, as such things are printed on packages. The makers are nowhere: their numbers are not given out. */
import { between, diceOf, pick } from '../rules/demo-offer.ts'
import { type ItemNotice, NO_NOTICE } from '../rules/item-notice.ts'
import type { SampleIngredient } from './sample-ingredients.ts'

const PLACES = [
  '충청북도 청주시 흥덕구 오송읍',
  '경기도 화성시 향남읍',
  '강원특별자치도 춘천시 동산면',
  '충청남도 금산군 금성면',
]
const COUNTRIES = ['미국', '캐나다', '독일', '호주']

/** What is said of an invented item; the same seed and parts give the same. One of ten is imported. */
export function sampleNotice(
  seed: string,
  { parts, shape }: { parts: readonly SampleIngredient[]; shape: string },
): ItemNotice {
  const dice = diceOf(`${seed} notice`)
  const [mg, days] = [between(dice, 3, 12) * 100, pick(dice, [30, 60, 90])]
  const address = `${pick(dice, PLACES)} 시연로 ${between(dice, 1, 200)}`
  const isImported = dice() < 0.1
  const shares = parts.map(({ rawMaterials }) => `${rawMaterials} ${between(dice, 10, 40)} %`)
  const from = isImported ? pick(dice, COUNTRIES) : '국내산'
  return {
    ...NO_NOTICE,
    ...(isImported
      ? { origin: 'imported', importer: `(주)시연수입, ${address}`, country: from, importDeclared: true }
      : { origin: 'domestic', makerAddress: address }),
    contents: `${(mg * days) / 1_000} g (${shape} ${mg} mg × ${days}회분)`,
    ingredients: `${shares.join(', ')}, 결정셀룰로스(${from}), 이산화규소, 스테아린산마그네슘`,
    nutrition: `1일 섭취량당 함량: 열량 ${between(dice, 0, 10)} kcal, 탄수화물 ${between(dice, 0, 3)} g, 단백질 0 g, 지방 0 g, 나트륨 0 mg`,
    sideEffects:
      '알레르기 체질인 분은 원료를 확인한 뒤 섭취하십시오. 이상사례가 나타나면 섭취를 중단하고 전문가와 상담하십시오.',
    geneticallyModified: false,
  }
}
