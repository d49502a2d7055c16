import type { Finding } from './validation.ts'

/** Deeper than any request of ours; deeper ones are only there to exhaust whoever walks them. */
const DEEPEST = 32
const NUL = '\0'

/**
 * The first text, in a value or among the names of its members, that is no text: with a NUL character, which no
 * database column holds, or with half a surrogate pair, which has no form in UTF-8. Also the first place that lies too
 * deep to be looked at.
 */
export function findUnfitText(value: unknown, path = '', depth = 0): Finding | undefined {
  if (typeof value === 'string') return isFit(value) ? undefined : finding('text', path)
  // Bytes are no text; who takes them looks at them.
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  if (depth === DEEPEST) return finding('depth', path)
  for (const [name, member] of Object.entries(value)) {
    if (!isFit(name)) return finding('text', path)
    const found = findUnfitText(member, `${path}/${name}`, depth + 1)
    if (found) return found
  }
  return undefined
}

function isFit(text: string): boolean {
  return text.isWellFormed() && !text.includes(NUL)
}

function finding(keyword: string, instancePath: string): Finding {
  return { keyword, instancePath, params: {} }
}

/** Whether a value has levels that {@link findUnfitText} does not look at. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === DEEPEST || Object.values(value).some((member) => isTooDeep(member, depth + 1))
}

/** How many values there are in a value, itself included; counting ends above `most`. */
export function countValues(value: unknown, most: number): number {
  let count = 0
  const waiting: unknown[] = [value]
  while (waiting.length > 0 && count <= most) {
    const next = waiting.pop()
    count += 1
    if (typeof next === 'object' && next !== null)
      for (const member of Object.values(next)) waiting.push(member)
  }
  return count
}
