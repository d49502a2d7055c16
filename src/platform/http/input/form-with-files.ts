import type { IncomingMessage } from 'node:http'
import { Busboy } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import { refusalError } from './json-body.ts'
import { readFewAtOnce } from './large-bodies.ts'

/** What a browser sends of a form with fields for files. */
export interface FormWithFiles {
  readonly fields: URLSearchParams
  /** Of the files that were chosen, in the order of the form. A file that is too large is cut off one byte beyond. */
  readonly files: readonly Buffer[]
}

export interface FormLimits {
  /** Files of a form. */
  readonly files: number
  /** Bytes of a file. */
  readonly fileBytes: number
}

const FIELD_BYTES = 64 * 1024
const FIELDS = 50

/** Bytes a route reads of such a form: its files and fields, and what stands between them. */
export function mostBytesOfForm({ files, fileBytes }: FormLimits): number {
  return files * (fileBytes + 1024) + 2 * FIELD_BYTES
}

/** Makes a scope whose routes take forms with files. */
export function readFormsWithFiles(scope: App, limits: FormLimits): void {
  readFewAtOnce(scope)
  const most = mostBytesOfForm(limits)
  scope.addContentTypeParser('multipart/form-data', (request: FastifyRequest, payload: IncomingMessage) =>
    read(request.headers['content-type'] ?? '', payload, limits, most),
  )
}

/** Whether a body is a form that was read so. */
export function isFormWithFiles(body: unknown): body is FormWithFiles {
  return typeof body === 'object' && body !== null && 'files' in body && 'fields' in body
}

async function read(
  contentType: string,
  payload: IncomingMessage,
  { files: mostFiles, fileBytes }: FormLimits,
  mostBytes: number,
): Promise<FormWithFiles> {
  // That it was cut off has been told already, and is not told again.
  if (payload.destroyed) throw refusalError(refused('malformed_body'))
  const fields = new URLSearchParams()
  const files: Buffer[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const malformed = () => reject(refusalError(refused('malformed_body')))
  const parser = parserFor(contentType, { mostFiles, fileBytes })
  if (!parser) throw refusalError(refused('malformed_body'))
  parser.on('field', (name, value) => {
    fields.append(name, value)
  })
  parser.on('file', (_name, stream) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const file = Buffer.concat(chunks)
      // A field where no file was chosen sends an empty one.
      if (file.length > 0) files.push(file)
    })
    stream.on('error', malformed)
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => reject(refusalError(refused('body_too_large'))))
  parser.on('finish', resolve)
  parser.on('error', malformed)
  let bytes = 0
  payload.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > mostBytes) reject(refusalError(refused('body_too_large')))
  })
  // Cut off by the sender: nothing of it counts.
  payload.on('aborted', malformed)
  payload.on('error', malformed)
  payload.pipe(parser)
  try {
    await promise
  } finally {
    payload.unpipe(parser)
    payload.resume()
  }
  return { fields, files }
}

function parserFor(contentType: string, { mostFiles, fileBytes }: { mostFiles: number; fileBytes: number }) {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        files: mostFiles,
        // One more than may be, so that what is too large is told from what just fits.
        fileSize: fileBytes + 1,
        fields: FIELDS,
        fieldSize: FIELD_BYTES,
        fieldNameSize: 100,
        headerPairs: 50,
      },
    })
  } catch {
    return undefined
  }
}
