/** The AsyncAPI document of all published events, loaded when somebody asks for it. @param version of this software */
export async function publishedEvents(version: string): Promise<Record<string, unknown>> {
  const { asyncApiDocument } = await import('../../contracts/published/async-api.ts')
  return asyncApiDocument(version)
}
