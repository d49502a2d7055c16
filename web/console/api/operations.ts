// Made by `npm run console:types` out of the OpenAPI document. Not to be edited.
// biome-ignore-all format: made

/** The operations of the API that the console calls. */
export interface Operations {
  'GET /api/admin/audit': { input: { query?: { actorId?: string | undefined; action?: string | undefined; subjectType?: string | undefined; subjectId?: string | undefined; from?: string | undefined; to?: string | undefined; after?: string | undefined; size?: number | undefined } }; answer: { data: readonly ({ id: string; at: string; actorId: string; action: string; subject: { type: string; id: string }; reason: (string | null); before: (Readonly<Record<string, unknown>> | null); after: (Readonly<Record<string, unknown>> | null); requestId: (string | null) })[]; page: { size: number; next: (string | null) } } }
  'GET /api/admin/changes': { input: Record<never, never>; answer: string }
}
