import type { ReactNode } from 'react'
import type { Actor } from '../../../src/platform/http/actor.ts'
import type { Language } from '../../words/index.ts'

/** A page to be shown. */
export interface Shown {
  readonly kind: 'shown'
  readonly title: string
  readonly body: ReactNode
  readonly status?: number
  /** Which tab of the phone's bar is the current one. */
  readonly tab?: 'home' | 'categories' | 'search' | 'my' | 'cart'
  /** Stands in the search field. */
  readonly keyword?: string
  /** The page is the library's: its search is for books. */
  readonly inLibrary?: boolean
  /** Whose page it is, where anybody may open it: nobody else sends its forms. Pages for those who are signed in say it. */
  readonly reader?: Pick<Actor, 'userId'>
  /** Replaces the phone's tab bar. */
  readonly bar?: ReactNode
  /** The page is asked for again after so many seconds, with scripts and without. */
  readonly againAfterSeconds?: number
  /** It stands in for a page that cannot be shown: once that can, the whole of it is opened. */
  readonly isAway?: boolean
  /** A form led here that could not be dealt with yet: what was typed is put back where it came from. */
  readonly hasFormWaiting?: boolean
  /** Address of the events that say that the page has changed; what is live in it is then fetched again. */
  readonly live?: string
  /** Where the page can be asked for, without the language, when it may answer a form sent to another address. */
  readonly address?: string
  /** Islands this page needs beside the one of every page. */
  readonly scripts?: readonly string[]
  /** For search machines and shared links; without one the page is kept out of their lists. */
  readonly description?: string
  /** What the page says to machines, in the words of schema.org. */
  readonly structured?: readonly Readonly<Record<string, unknown>>[]
  /** The form on this page sends browsers to a payment provider. */
  readonly leadsToProvider?: boolean
  /** The address is a key: no page, not even one of ours, is told that somebody comes from there. */
  readonly isAddressSecret?: boolean
}

/**
 * What a page answers: itself, or where to go instead: a whole address, or one of ours without its language, which is
 * added once, when the answer is sent.
 */
export type PageAnswer = Shown | GoTo

interface GoTo {
  readonly kind: 'to'
  readonly path: string
  /** Where it is not that of the visit. */
  readonly language?: Language
}

/** A page that is shown. */
export function shown(page: Omit<Shown, 'kind'>): Shown {
  return { kind: 'shown', ...page }
}

/** @param path of ours, without its language */
export function to(path: string, language?: Language): PageAnswer {
  return { kind: 'to', path, ...(language === undefined ? {} : { language }) }
}
