/** What people call the carriers that events name by a code. */
const NAMES: Readonly<Record<string, { ko: string; en: string }>> = {
  cj_logistics: { ko: 'CJ대한통운', en: 'CJ Logistics' },
  hanjin: { ko: '한진택배', en: 'Hanjin' },
  lotte: { ko: '롯데택배', en: 'Lotte Global Logistics' },
  logen: { ko: '로젠택배', en: 'Logen' },
  korea_post: { ko: '우체국택배', en: 'Korea Post' },
  other: { ko: '택배', en: 'Parcel' },
}

/** @param code of the event; one that is not known yet stands for itself */
export function carrierName(code: string, language: 'ko' | 'en'): string {
  return NAMES[code]?.[language] ?? code
}
