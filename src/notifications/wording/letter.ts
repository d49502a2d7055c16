import type { Notice, NoticeData, NoticeKind } from './notice.ts'
import { escapeHtml, type Language, oneLine, type Wording } from './wording.ts'
import { english } from './wording-en.ts'
import { korean } from './wording-ko.ts'

/** A finished mail: subject, plain text and the same as HTML. */
export interface Letter {
  subject: string
  text: string
  html: string
}

type Words = { readonly [K in NoticeKind]: (data: NoticeData[K], item: string | undefined) => Wording }

const wordsIn: Readonly<Record<Language, Words>> = { ko: korean, en: english }

const frame = {
  ko: {
    hello: (name: string) => (name ? `${name}님, 안녕하세요.` : '안녕하세요.'),
    end: '이 메일은 자동으로 발송되었습니다.',
  },
  en: {
    hello: (name: string) => (name ? `Hello ${name},` : 'Hello,'),
    end: 'This mail was sent automatically.',
  },
}

/**
 * Puts a notice into words.
 * @param itemName name of the notice's (first) item, undefined when it is not known any more
 */
export function wordingOf(notice: Notice, language: Language, itemName: string | undefined): Wording {
  const item = itemName === undefined ? undefined : oneLine(itemName)
  return say(wordsIn[language], notice, item)
}

/** The compiler sees only here that a kind and its data belong together. */
function say<K extends NoticeKind>(
  words: Words,
  notice: { readonly kind: K; readonly data: NoticeData[K] },
  item: string | undefined,
): Wording {
  return words[notice.kind](notice.data, item)
}

/** What a person sees in a list: the sentences as one text. */
export function summaryOf({ sentences }: Wording): string {
  return sentences.join(' ')
}

interface Addressee {
  /** Empty when nobody knows yet who reads it. */
  readonly name: string
  readonly language: Language
  readonly itemName: string | undefined
  /** Where a notice with a link leads. */
  readonly link?: string | undefined
}

/** Makes a mail of a notice. Everything that comes from elsewhere is escaped in the HTML and kept on one line in the subject. */
export function letterOf(notice: Notice, to: Addressee): Letter {
  const { title, sentences, facts } = wordingOf(notice, to.language, to.itemName)
  const { hello, end } = frame[to.language]
  const greeting = hello(oneLine(to.name))
  const text = [
    greeting,
    ...sentences,
    ...(to.link === undefined ? [] : [to.link]),
    facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    `${end}\nPillivery`,
  ].join('\n\n')
  const html = [
    `<!doctype html><html lang="${to.language}"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.6;max-width:36em;margin:2em auto;padding:0 1em">',
    `<h1 style="font-size:1.25em">${escapeHtml(title)}</h1>`,
    ...[greeting, ...sentences].map((sentence) => `<p>${escapeHtml(sentence)}</p>`),
    ...(to.link === undefined ? [] : [`<p><a href="${escapeHtml(to.link)}">${escapeHtml(to.link)}</a></p>`]),
    '<table role="presentation" cellpadding="4">',
    ...facts.map(
      ([label, value]) => `<tr><td>${escapeHtml(label)}</td><td><b>${escapeHtml(value)}</b></td></tr>`,
    ),
    '</table>',
    `<p style="color:#666">${escapeHtml(end)}<br>Pillivery</p></body></html>`,
  ].join('\n')
  return { subject: `[Pillivery] ${oneLine(title)}`, text, html }
}
