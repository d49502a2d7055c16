/** The usual Korean keyboard (두벌식): which letter stands on which Latin key. */
const keys: Readonly<Record<string, string>> = Object.fromEntries(
  [...'qwertyuiopasdfghjklzxcvbnm'].map((key, index) => [
    key,
    [...'ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ'][index] ?? '',
  ]),
)
const shifted: Readonly<Record<string, string>> = {
  Q: 'ㅃ',
  W: 'ㅉ',
  E: 'ㄸ',
  R: 'ㄲ',
  T: 'ㅆ',
  O: 'ㅒ',
  P: 'ㅖ',
}

/**
 * Korean typed while the keyboard was set to Latin letters, as typed letters: `ghdtka` → ㅎㅗㅇㅅㅏㅁ (홍삼).
 * @returns undefined when the text could not be meant so: other characters in it, or not beginning like a syllable
 */
export function koreanKeys(text: string): string | undefined {
  if (!/^[a-z]{3,}$/iu.test(text)) return undefined
  const letters = [...text].map((key) => shifted[key] ?? keys[key.toLowerCase()] ?? '').join('')
  return /^[ㄱ-ㅎ][ㅏ-ㅣ]/u.test(letters) ? letters : undefined
}
