/**
 * Business registration numbers (사업자등록번호): ten digits, the last of which checks the others (국세청: weights 1 3 7 1 3 7
 * 1 3 5, and the tens of the ninth product).
 */
const WEIGHTS = [1, 3, 7, 1, 3, 7, 1, 3, 5]

/** @returns its digits; undefined for what is no such number */
export function businessNumberIn(typed: string): string | undefined {
  const digits = typed.replace(/[\s-]/g, '')
  if (!/^\d{10}$/.test(digits) || /^0{10}$/.test(digits)) return undefined
  const weighed = WEIGHTS.map((weight, place) => weight * Number(digits[place]))
  const tens = Math.floor((weighed.at(-1) ?? 0) / 10)
  const sum = weighed.reduce((all, one) => all + one, tens)
  return (10 - (sum % 10)) % 10 === Number(digits[9]) ? digits : undefined
}
