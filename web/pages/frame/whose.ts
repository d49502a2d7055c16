import type { Actor } from '../../../src/platform/http/actor.ts'

/**
 * Whose page a form stands on. The tabs of a browser share one login, so a page that somebody has left open may be sent
 * by whoever has logged in since, in another tab: what it shows is then not theirs, and it is not done as them.
 */
const FIELD = 'page-of'

/** A tag as React writes it: in the values of its attributes `>` is spelled out. */
const SENDING_FORM = /<form\b[^>]*\bmethod="post"[^>]*>/g

/** Has every form of a finished page that changes something say whose page it is: also one that is written tomorrow. */
export function markForms(html: string, { userId }: Pick<Actor, 'userId'>): string {
  return html.replace(SENDING_FORM, (tag) => `${tag}<input type="hidden" name="${FIELD}" value="${userId}"/>`)
}

/** Whether a form says whose page it stood on. */
export const isMarked = (form: URLSearchParams): boolean => form.has(FIELD)

/** Whether it stood on the page of somebody else than who sends it; pages that are the same for everybody do not say. */
export function isOfAnother(form: URLSearchParams, actor: Pick<Actor, 'userId'> | undefined): boolean {
  return form.getAll(FIELD).some((userId) => userId !== actor?.userId)
}

/** What the reader has filled in. */
export function withoutMark(form: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...form].filter(([name]) => name !== FIELD))
}
