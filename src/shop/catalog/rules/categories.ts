/**
 * The nine categories of the shop and how an item's official main function (주된 기능성) decides them.
 *
 * A bare substring test mislabels: 간 (liver) occurs in 기간, 시간, 순간; 장 (gut) in 성장, 포장; 피로 (fatigue) in
 * 눈의 피로도. So the rules look for whole terms:
 * - a term of several syllables that hardly occurs inside another word (배변, 유해산소, 골다공증) counts anywhere,
 *   because official texts are often written without spaces (원활한배변활동에도움), minus its known traps;
 * - 눈 (eye) and 뼈 (bone) must begin a word and may carry a particle or a known second half (눈건강, 뼈와);
 * - 간 and 장 also need what is said of the organ after them (건강, 기능, 보호 …), because 간 alone also means
 *   "between/for (a time)" and "seasoning", 장 alone also "market", "sheet" and "sauce".
 */

/** A category code. The order of this list is the order on screen and in every result. */
export const categoryCodes = [
  'EYE',
  'BONE',
  'BRAIN',
  'INTESTINE',
  'LIVER',
  'SKIN',
  'ANTIOXIDANT',
  'FATIGUE',
  'ETC',
] as const

export type Category = (typeof categoryCodes)[number]

/** Names for people. */
export const categoryNames: Readonly<Record<Category, { readonly ko: string; readonly en: string }>> = {
  EYE: { ko: '눈', en: 'Eyes' },
  BONE: { ko: '뼈', en: 'Bones and joints' },
  BRAIN: { ko: '두뇌', en: 'Brain' },
  INTESTINE: { ko: '장', en: 'Gut' },
  LIVER: { ko: '간', en: 'Liver' },
  SKIN: { ko: '피부', en: 'Skin' },
  ANTIOXIDANT: { ko: '항산화', en: 'Antioxidant' },
  FATIGUE: { ko: '피로/혈액순환', en: 'Fatigue and circulation' },
  ETC: { ko: '기타', en: 'Other' },
}

/** Tells whether a text (a query parameter, a row) is a category code. */
export function isCategory(code: unknown): code is Category {
  return categoryCodes.some((known) => known === code)
}

const wordStart = '(?<![가-힣])'
const wordEnd = '(?![가-힣])'
const particle = '(?:에서|으로|까지|이나|은|는|이|가|을|를|의|에|과|와|도|만|로|나|및)'
/** `A·B 건강`, `A 및 B의 건강`: what is said of the organ may stand after its neighbours in a list (bounded: no runaway search). */
const neighbours = '(?:\\s?[·,/∙ㆍ・‧]\\s?[가-힣]{1,5}|\\s?(?:및|와|과)\\s?[가-힣]{1,5}){0,3}'
/** Official texts gloss some words with the Chinese character: 간(肝) 건강. */
const hanjaGloss = /\([^()]*\p{Script=Han}[^()]*\)/gu

/** Organ + what is said of it. `lead` = compounds that may stand glued before it. */
function organ(noun: string, said: string, lead = ''): string {
  return `${wordStart}(?:${lead})?${noun}(?:${particle})?${neighbours}(?:${particle})?\\s*(?:${said})`
}

const liverSaid =
  '건강|기능|세포|조직|손상|보호|해독|수치|질환|독성|피로|대사|효소|회복|활력|재생|염증|염|경변|경화|지방'
const gutSaid =
  '건강|기능|운동|연동|활동|내|속|벽|점막|상피|세포|면역|환경|유익균|유해균|미생물|균총|질환|염|트러블|까지'
const eyeSaid =
  '건강|기능|피로|보호|노화|건조|침침|점막|시림|망막|세포|근육|조절|혈류|영양|떨림|각막|수정체|초점'
const boneSaid = '건강|형성|성장|생성|밀도|관절|연골|조직|손실|소실|강도|대사|흡수|치아|질환|근육|유지|구성'
const brainSaid = '건강|기능|세포|신경|혈류|발달|활동|손상|대사|노화|영양|인지|질환'

/** 간 as "between/during" stands after such a word: 성분 간의 상호작용, 3개월 간, 가족 간. */
const relation =
  '(?<!(?:서로|상호|가족|형제|부부|친구|성분|원료|제품|약물|식품|국가|개인|기관|세대|업체|기업|지역|기간|동안|개월|며칠|\\d\\s?(?:일|주|월|년|시간|분|초))(?:들)?\\s+)'

interface Rule {
  readonly category: Exclude<Category, 'ETC'>
  readonly terms: RegExp
}

const rule = (category: Rule['category'], ...alternatives: readonly string[]): Rule => ({
  category,
  terms: new RegExp(alternatives.join('|'), 'u'),
})

const rules: readonly Rule[] = [
  rule(
    'EYE',
    // "눈에 띄게" is "noticeably".
    `${wordStart}눈(?:${particle})?${wordEnd}(?!\\s*(?:띄|띈|보이|밟히))`,
    organ('눈', eyeSaid),
    '황반|망막|안구|시력|수정체|눈물막|시각\\s*(?:적응|기능|세포|장애)|안\\s*건강|야맹증',
  ),
  rule(
    'BONE',
    `${wordStart}뼈(?:${particle})?${wordEnd}`,
    organ('뼈', boneSaid),
    // 기관절개 is a cut into the windpipe.
    '골다공증|골밀도|골\\s?(?:건강|형성|손실|소실|강도|대사|질량|감소)(?!\\s*식품)|골관절|골연화|구루병|연골|(?<!기)관절',
  ),
  rule(
    'BRAIN',
    organ('뇌', brainSaid),
    `${wordStart}뇌(?:의|를|에)${wordEnd}`,
    '두뇌|기억력|기억\\s?능력|인지\\s?(?:능력|기능|력|저하|장애)|치매|학습\\s?능력|집중력',
  ),
  rule(
    'INTESTINE',
    `(?<!\\d)${organ('장', gutSaid, '대|소')}`,
    '배변|변비|쾌변|유산균|유산간균|비피더스|비피두스|비피도박테리움|(?:프로|프리|신|포스트)바이오틱스|유익균|유해균|장내\\s?(?:세균|환경)|정장\\s?(?:작용|효과)|과민성\\s?대?장',
  ),
  rule(
    'LIVER',
    relation + organ('간장?', liverSaid, '알코올성|알콜성|지방'),
    `${wordStart}간에\\s*(?:좋|이로)`,
    '지방간(?!격)|숙취|알코올성\\s?간\\s?손상',
  ),
  rule(
    'SKIN',
    // 외피부분, 과피부위, 귤피부산물 are peel, not skin.
    '피부(?!분|위|산물|터)|보습|주름|여드름|미백|색소\\s?침착',
  ),
  rule(
    'ANTIOXIDANT',
    '항\\s?산화|유해\\s?산소|활성\\s?산소|자유\\s?라디칼|과산화\\s?지질|산화적?\\s?(?:스트레스|손상)',
  ),
  rule(
    'FATIGUE',
    '(?<![카스])피로(?!연|티)',
    '혈행|혈류(?!량계)|혈액\\s?(?:의\\s?)?(?:흐름|순환)|혈소판\\s?응집|혈관\\s?(?:건강|이완|탄력|확장)|말초\\s?순환',
  ),
]

/** Tired eyes are a matter of the eyes: 눈의 피로도 개선 must not count as fatigue. */
const eyeFatigue = /눈(?:의|에)?\s*피로[도감]?/gu
/** Ocular and cerebral blood flow belong to the organ. */
const organBloodFlow = /(?:눈|안구|망막|뇌)(?:의)?\s*혈류/gu

/**
 * Categories of an item, from its official main function text (Korean, any spacing, may be multi-line).
 * In the order of {@link categoryCodes}, without duplicates, never empty: no known term gives `['ETC']`.
 */
export function categoriesOf(mainFunction: string): readonly Category[] {
  const text = mainFunction
    .normalize('NFC')
    .replace(hanjaGloss, '')
    .replace(/[\s\u00a0]+/gu, ' ')
  const withoutOrganClaims = text.replace(eyeFatigue, '눈 ').replace(organBloodFlow, ' ')
  const found = rules
    .filter((each) => each.terms.test(each.category === 'FATIGUE' ? withoutOrganClaims : text))
    .map((each) => each.category)
  return found.length > 0 ? found : ['ETC']
}
