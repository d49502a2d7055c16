import { isPastDue } from '../rules/loan.ts'
import type { HoldKnown } from '../self-check-port.ts'
import { type CopyOut, listCopiesOut } from '../store/copy-store.ts'
import { balanceOf } from '../store/fee-store.ts'
import { countCopiesOut } from '../store/loan-store.ts'
import type { CardHolder } from '../store/patron-store.ts'
import { currentPolicy } from '../store/policy-store.ts'
import { checkPatron } from './patron-check.ts'
import { refuseRequest } from './refuse.ts'
import { type Answered, type Handler, institutionOf, type SelfCheckDeps, yes } from './station.ts'
import { sipMoment } from './wire/dates.ts'
import { type Field, fieldOf, type Message } from './wire/message.ts'
import { languageOf, WORDS } from './words.ts'

/** More than anybody has. */
const MOST_COPIES = 200

/** Whether a patron may borrow, and what they owe. */
export const patronStatus: Handler<'patronStatus'> = async (deps, station, request) => {
  const { clock } = deps.lending
  const checked = await checkPatron(deps, station, request)
  if (checked.kind === 'unknown') return nobody(deps, request, WORDS.card_unknown)
  const isProved = checked.kind === 'proved'
  const facts = await factsOf(deps, checked.patron)
  return {
    message: {
      kind: 'patronStatusAnswer',
      fixed: { status: flagsOf(facts), language: request.fixed.language, at: sipMoment(clock.now()) },
      fields: [
        ...(await whoIs(deps, request, facts, isProved)),
        ...(isProved ? [] : ([['AF', checked.why[languageOf(request.fixed.language)]]] as const)),
      ],
    },
    outcome: isProved ? 'ok' : 'refused',
  }
}

/**
 * The same with what the patron has, may have and waits for. Without their password, where the terminal asks for it,
 * nothing is told but that the card is good.
 */
export const patronInformation: Handler<'patronInformation'> = async (deps, station, request) => {
  const { db, clock } = deps.lending
  const checked = await checkPatron(deps, station, request)
  if (checked.kind === 'unknown') return nobody(deps, request, WORDS.card_unknown)
  const facts = await factsOf(deps, checked.patron)
  const { language, summary } = request.fixed
  const head = { status: flagsOf(facts), language, at: sipMoment(clock.now()), recalls: '0000' }
  if (checked.kind === 'unproved') {
    const unsaid = { holds: '', overdue: '', charged: '', fines: '', unavailableHolds: '' }
    const who = await whoIs(deps, request, facts, false)
    const said: Field = ['AF', checked.why[languageOf(language)]]
    const message = {
      kind: 'patronInformationAnswer',
      fixed: { ...head, ...unsaid },
      fields: [...who, said],
    } as const
    return { message, outcome: 'refused' }
  }
  const [copies, holds] = await Promise.all([
    listCopiesOut(db, facts.patron.id, MOST_COPIES),
    deps.others.holds(facts.patron.id),
  ])
  const lists = listsOf(facts, copies, holds === 'no_answer' ? undefined : holds, clock.today())
  const wanted = LISTS[summary.indexOf('Y')]
  const listed = wanted === undefined ? [] : partOf(lists[wanted] ?? [], request)
  return {
    message: {
      kind: 'patronInformationAnswer',
      fixed: {
        ...head,
        holds: count(lists.AS),
        overdue: count(lists.AT),
        charged: String(facts.out).padStart(4, '0'),
        fines: count(lists.AV),
        unavailableHolds: count(lists.CD),
      },
      fields: [
        ...(await whoIs(deps, request, facts, true)),
        ['CB', String(facts.limit).padStart(4, '0')],
        ...(wanted === undefined ? [] : listed.map((item) => [wanted, item] as const)),
      ],
    },
    outcome: 'ok',
  }
}

/** A patron leaves the machine: their password counts no more. */
export const endSession: Handler<'endSession'> = async ({ lending: { clock } }, station, request) => {
  station.proved = undefined
  return {
    message: {
      kind: 'endSessionAnswer',
      fixed: { ended: 'Y', at: sipMoment(clock.now()) },
      fields: [
        ['AO', institutionOf(request)],
        ['AA', fieldOf(request, 'AA')],
      ],
    },
    outcome: 'ok',
  }
}

/** A machine has kept a card and wants its patron blocked: that is for people to decide. They read of it in the log. */
export const blockPatron: Handler<'blockPatron'> = async (deps, { terminal }, request) => {
  const retained = request.fixed.cardRetained === 'Y'
  deps.log.warn({ terminal: terminal.name, retained }, 'a self-check machine asked to block a patron')
  return nobody(deps, request, WORDS.at_the_desk)
}

function nobody(
  deps: SelfCheckDeps,
  request: Message<'patronStatus' | 'patronInformation' | 'blockPatron'>,
  why: (typeof WORDS)[keyof typeof WORDS],
): Answered {
  return { message: refuseRequest(request, why, deps.lending.clock.now()), outcome: 'refused' }
}

interface Facts {
  patron: CardHolder
  out: number
  limit: number
  /** Won owed. */
  owed: number
}

async function factsOf({ lending: { db, clock } }: SelfCheckDeps, patron: CardHolder): Promise<Facts> {
  const [{ rules }, out, balance] = await Promise.all([
    currentPolicy(db, clock.today()),
    countCopiesOut(db, patron.id),
    balanceOf(db, patron.id),
  ])
  return { patron, out, limit: rules.copiesPerPatron[patron.category], owed: Math.max(0, balance) }
}

/** Fourteen letters; `Y` stands for what a patron may not, or has too much of. Recalls there are none. */
function flagsOf({ patron, out, limit }: Facts): string {
  const denied = patron.state === 'inactive' || patron.blockedReason !== null ? 'Y' : ' '
  const full = out >= limit ? 'Y' : ' '
  return `${denied}${denied} ${denied} ${full}        `
}

/** Who it is. Nothing of them is told before they have proved it, but that the card is good. */
async function whoIs(
  { others }: SelfCheckDeps,
  request: Message,
  { patron, owed }: Facts,
  isProved: boolean,
): Promise<Field[]> {
  const head: Field[] = [
    ['AO', institutionOf(request)],
    ['AA', patron.card],
  ]
  const valid: Field = ['BL', yes(patron.state === 'active')]
  if (!isProved) return [...head, ['AE', ''], valid, ['CQ', 'N']]
  const name = (await others.nameOf(patron.id)) ?? patron.card
  return [...head, ['AE', name], valid, ['CQ', 'Y'], ['BH', 'KRW'], ['BV', String(owed)]]
}

/** By the places of the ten letters in a request: holds on the shelf, overdue, charged, fines, recalls, other holds. */
const LISTS = ['AS', 'AT', 'AU', 'AV', undefined, 'CD'] as const

function listsOf(
  { owed }: Facts,
  copies: readonly CopyOut[],
  holds: readonly HoldKnown[] | undefined,
  today: Temporal.PlainDate,
) {
  const late = copies.filter(({ dueOn }) => isPastDue({ dueOn }, today))
  return {
    AS: holds?.filter(({ state }) => state === 'shelved').map(({ barcode, title }) => barcode ?? title),
    AT: late.map(({ barcode }) => barcode),
    AU: copies.map(({ barcode }) => barcode),
    AV: owed > 0 ? [`연체료 ${owed.toLocaleString('ko-KR')}원`] : [],
    CD: holds?.filter(({ state }) => state === 'waiting').map(({ title }) => title),
  }
}

/** Four spaces say that it is not known. */
const count = (list: readonly string[] | undefined) =>
  list === undefined ? '    ' : String(list.length).padStart(4, '0')

/** The part of a list from one place to another, as a machine with a small display asks for it (`BP`, `BQ`). */
function partOf(list: readonly string[], request: Message): readonly string[] {
  const place = (code: string) => {
    const said = fieldOf(request, code)
    return /^[0-9]{1,4}$/.test(said) ? Number(said) : undefined
  }
  return list.slice(Math.max(0, (place('BP') ?? 1) - 1), place('BQ'))
}
