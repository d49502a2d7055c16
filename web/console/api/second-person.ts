import { ApiProblem } from './call.ts'

/** Done, or kept until another person has confirmed it: much money takes two. */
export type DoneOrWaiting<A> = { readonly kind: 'done'; readonly answer: A } | { readonly kind: 'waiting' }

/** For operations that may take a second person: being kept for one is no failure. */
export async function orWaiting<A>(doing: Promise<A>): Promise<DoneOrWaiting<A>> {
  try {
    return { kind: 'done', answer: await doing }
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'second_person_required') return { kind: 'waiting' }
    throw error
  }
}
