/** The JSON of an answer, which the server gives by a type that is known here. */
export async function bodyOf<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json()
  return body as T
}
