import writeExcelFile from 'write-excel-file/node'

/** Wide enough for most names; people widen what they read. */
const WIDEST = 40

/**
 * A workbook with one sheet. Numbers are numbers; every text is a cell of text, whatever it begins with: no formula, no
 * date, and zeros in front stay. The first row stays in sight.
 */
export async function writeXlsx(
  rows: readonly (readonly (string | number)[])[],
  name: string,
): Promise<Buffer> {
  const cells = rows.map((row, index) =>
    row.map((value) => {
      if (value === '') return null
      if (typeof value === 'number') return { type: Number, value }
      return { type: String, value, format: '@', ...(index === 0 ? { fontWeight: 'bold' as const } : {}) }
    }),
  )
  const [head = []] = rows
  const columns = head.map((title, column) => ({
    width: Math.min(
      WIDEST,
      2 + Math.max(...[title, ...rows.slice(1, 50).map((row) => row[column] ?? '')].map(widthOf)),
    ),
  }))
  return writeExcelFile(cells, { sheet: name, columns, stickyRowsCount: 1 }).toBuffer()
}

/** In letters of Latin; those of Hangul are twice as wide. */
function widthOf(value: string | number): number {
  return [...String(value)].reduce((width, letter) => width + (letter > '\u02ff' ? 2 : 1), 0)
}
