import swagger, { type SwaggerTransformObject } from '@fastify/swagger'
import type { App } from '../app.ts'

/** What any route may answer is said once, here. */
const COMMON_PROBLEMS = {
  description:
    'Any other problem: a body that cannot be read (400), another method (405, with Allow), too large a body (413) or head (431), no JSON in UTF-8 (415), too many requests (429), our trouble (500, 503, with Retry-After)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** The document as it is true: with the problems of every route, and nothing called required that has a default. */
function completed(document: Parameters<SwaggerTransformObject>[0]) {
  if (!('openapiObject' in document)) return document.swaggerObject
  for (const path of Object.values(document.openapiObject.paths ?? {})) {
    for (const operation of Object.values(path ?? {})) {
      if (typeof operation === 'object' && 'responses' in operation) {
        Object.assign(operation.responses ?? {}, { default: COMMON_PROBLEMS })
        for (const parameter of operation.parameters ?? []) {
          if ('schema' in parameter && hasDefault(parameter.schema)) parameter.required = false
        }
      }
    }
  }
  return document.openapiObject
}

function hasDefault(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'default' in schema
}

/** Where the events are described that anybody may hear. */
const EVENTS_URL = '/asyncapi.json'

/**
 * Serves the AsyncAPI document of what is told by events.
 * @param events makes the document when it is first asked for
 */
export function documentEvents(app: App, events: () => Promise<unknown>): void {
  let document: Promise<unknown> | undefined
  app.route({
    method: 'GET',
    url: EVENTS_URL,
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async () => {
      document ??= events().catch((error: unknown) => {
        // Whoever asks next tries anew.
        document = undefined
        throw error
      })
      return document
    },
  })
}

/** Makes `/openapi.json` out of the schemas of all routes that are added after it. */
export async function documentApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Pillivery',
        version,
        description:
          'Money is whole Korean won. Times are RFC 3339. Errors are RFC 9457 problem documents with a stable `code` and a Korean or English `title` (Accept-Language).',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      externalDocs: { url: EVENTS_URL, description: 'Events told to whoever hears them (AsyncAPI)' },
      // Relative: the document is true wherever the server is reached.
      servers: [{ url: '/', description: 'This server' }],
      components: {
        securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    transformObject: completed,
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json.$id === 'string' ? json.$id : `def-${i}`,
    },
  })
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async () => app.swagger(),
  })
}
