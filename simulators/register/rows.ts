import { readFileSync } from 'node:fs'

export type Row = Readonly<Record<string, string>>

/** Rows of the register that ship with the shop, as they were published. */
const DEMO = new URL('../../src/shop/catalog/samples/demo/', import.meta.url)

const MATERIALS: readonly (readonly [material: string, purpose: string])[] = [
  ['비타민C', '유해산소로부터 세포를 보호하는데 필요'],
  ['EPA 및 DHA 함유 유지', '혈중 중성지질 개선·혈행 개선에 도움을 줄 수 있음'],
  ['루테인', '노화로 인해 감소될 수 있는 황반색소밀도를 유지하여 눈 건강에 도움을 줄 수 있음'],
  ['밀크씨슬 추출물', '간 건강에 도움을 줄 수 있음'],
  ['프로바이오틱스', '유산균 증식 및 유해균 억제에 도움을 줄 수 있음'],
  ['칼슘', '뼈와 치아 형성에 필요'],
  ['은행잎 추출물', '기억력 개선에 도움을 줄 수 있음'],
  ['히알루론산', '피부보습에 도움을 줄 수 있음'],
]
const MAKERS = ['(주)가온식품', '(주)나래바이오', '다온제약(주)', '라온헬스(주)'] as const
const SHAPES = ['캡슐', '정', '분말', '액상'] as const

function pick<T>(list: readonly T[], at: number): T {
  const picked = list[at % list.length]
  if (picked === undefined) throw new Error('nothing to pick from')
  return picked
}

/** Invented rows: their numbers begin with 999, which no real one does. */
function inventedC003(count: number): Row[] {
  return Array.from({ length: count }, (_, at) => {
    const [material, purpose] = pick(MATERIALS, at)
    const day = `2025${String((at % 12) + 1).padStart(2, '0')}${String((at % 28) + 1).padStart(2, '0')}`
    return {
      PRDLST_REPORT_NO: String(999_000_000_001 + at),
      LCNS_NO: '99900000000',
      BSSH_NM: pick(MAKERS, at >> 2),
      PRDLST_NM: `모의 ${material} ${at + 1}`,
      PRMS_DT: day,
      CRET_DTM: day,
      LAST_UPDT_DTM: day,
      PRDT_SHAP_CD_NM: pick(SHAPES, at),
      SHAP: '',
      DISPOS: '고유의 색택과 향미',
      NTK_MTHD: '1일 1회, 1회 1개를 물과 함께 섭취',
      PRIMARY_FNCLTY: `[${material}] ${purpose}`,
      IFTKN_ATNT_MATR_CN: '이상사례 발생 시 섭취를 중단하고 전문가와 상담할 것',
      POG_DAYCNT: '제조일로부터 24개월',
      CSTDY_MTHD: '실온보관',
      STDR_STND: '1. 성상 : 고유의 색택과 향미',
      RAWMTRL_NM: `${material}, 결정셀룰로스`,
    }
  })
}

/** The same products as HtfsInfoService03 tells of them. */
function inventedHtfs(count: number): Row[] {
  return Array.from({ length: count }, (_, at) => {
    const [material, purpose] = pick(MATERIALS, at)
    return {
      ENTRPS: pick(MAKERS, at >> 2),
      PRDUCT: `모의 ${material} ${at + 1}`,
      STTEMNT_NO: String(999_000_000_001 + at),
      REGIST_DT: '20250101',
      DISTB_PD: '제조일로부터 24개월',
      SUNGSANG: '고유의 색택과 향미',
      SRV_USE: '1일 1회, 1회 1개를 물과 함께 섭취',
      PRSRV_PD: '실온보관',
      INTAKE_HINT1: '이상사례 발생 시 섭취를 중단하고 전문가와 상담할 것',
      MAIN_FNCTN: `[${material}] ${purpose}`,
      BASE_STANDARD: '1. 성상 : 고유의 색택과 향미',
    }
  })
}

function published(file: string, listOf: (answer: unknown) => unknown): Row[] {
  const list = listOf(JSON.parse(readFileSync(new URL(file, DEMO), 'utf8')))
  if (!Array.isArray(list)) throw new Error(`${file} holds no list of rows`)
  const rows: unknown[] = list
  return rows.filter(isRow)
}

/** What 식품안전나라 C003 has: published rows first, then invented ones up to a count. */
export function c003Rows(count: number): Row[] {
  const rows = published('mfds-c003.json', (answer) => memberOf(answer, 'C003', 'row'))
  return [...rows, ...inventedC003(Math.max(0, count - rows.length))].slice(0, count)
}

/** What data.go.kr HtfsInfoService03 has. */
export function htfsRows(count: number): Row[] {
  const items = published('mfds-htfs.json', (answer) => memberOf(answer, 'body', 'items'))
  const rows = items.map((each) => memberOf(each, 'item')).filter(isRow)
  return [...rows, ...inventedHtfs(Math.max(0, count - rows.length))].slice(0, count)
}

function memberOf(value: unknown, ...path: string[]): unknown {
  return path.reduce(
    (at: unknown, name) =>
      typeof at === 'object' && at !== null
        ? Object.entries(at).find(([key]) => key === name)?.[1]
        : undefined,
    value,
  )
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}
