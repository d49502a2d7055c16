import { callStream, type InputOf } from '../api/call.ts'
import { download } from './csv.ts'

/** In which form tables go out and come in: as text, or as a workbook of a spreadsheet program. */
export const TABLE_FORMS = ['xlsx', 'csv'] as const
export type TableForm = (typeof TABLE_FORMS)[number]

/** What a field for such a file takes. */
export const TABLE_FILES =
  '.csv,text/csv,.xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const PATIENCE_MS = 60_000

type Export =
  | 'GET /api/admin/items/table.csv'
  | 'GET /api/admin/items/table.xlsx'
  | 'GET /api/admin/orders/to-send.csv'
  | 'GET /api/admin/orders/to-send.xlsx'

/** Gives the reader a table of the server as a file, byte for byte. */
export async function saveTable<N extends Export>(
  operation: N,
  name: string,
  input: InputOf<N>,
): Promise<void> {
  const stream = await callStream<Export>(operation, AbortSignal.timeout(PATIENCE_MS), input)
  download(name, await new Response(stream).blob())
}

/**
 * A chosen file as a body. The bytes stay as they are: the server knows how spreadsheets of a Korean Windows write. What
 * it is, is told by its name, as browsers do not know it everywhere.
 */
export async function tableBody(file: File): Promise<Blob> {
  const type = /\.xlsx$/i.test(file.name) ? XLSX : 'text/csv'
  return new Blob([await file.arrayBuffer()], { type })
}
