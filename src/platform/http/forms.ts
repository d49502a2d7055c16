import type { RouteOptions } from 'fastify'

/** Whether a route reads a form and answers with pages: what was typed has to be on the page that refuses it. */
export function isForm({
  method,
  config,
}: {
  method?: string | string[]
  config?: RouteOptions['config']
}): boolean {
  return config?.problemPage !== undefined && [method ?? []].flat().includes('POST')
}

/** Hooks as Fastify takes them: none, one or several. */
export function listOf<T>(hooks: T | readonly T[] | undefined): readonly T[] {
  return hooks === undefined ? [] : ([hooks].flat() as readonly T[])
}
