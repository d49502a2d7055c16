/** An exported function, or a constant that is one, by the line it begins on. */
const EXPORTED =
  /^export (?:default )?(?:(?:async )?function\*? (\w+)|const (\w+)\b[^=\n]*= (?:async )?(?:<[^>]*>)?(?:\([^\n]*=>|\($|\w+ =>))/

/**
 * Exported functions of a file that no doc comment stands before. Of a function with several signatures the first one
 * has it; a `// biome-ignore` may stand between.
 * @returns their names
 */
export function undocumented(source: string): string[] {
  const lines = source.split('\n')
  const documented = new Set<string>()
  const missing = new Set<string>()
  lines.forEach((line, at) => {
    const [, declared, constant] = EXPORTED.exec(line) ?? []
    const name = declared ?? constant
    if (name === undefined || documented.has(name)) return
    let above = at - 1
    while (/^\/\/ (?:biome|oxlint|Stryker)/.test(lines[above] ?? '')) above -= 1
    if (/\*\/\s*$/.test(lines[above] ?? '')) documented.add(name)
    else missing.add(name)
  })
  return [...missing]
}
