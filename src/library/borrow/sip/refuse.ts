import type { Text } from '../../../platform/refusal.ts'
import { barcodeOf, cardOf, institutionOf } from './station.ts'
import { sipMoment } from './wire/dates.ts'
import type { Asked } from './wire/layouts.ts'
import type { Field, Message } from './wire/message.ts'
import { languageOf } from './words.ts'

/** Nothing may be charged, renewed or held. */
const NO_RIGHTS = 'YY YY         '

const about = (request: Message): Field[] => [['AO', institutionOf(request)]]
const aboutPatron = (request: Message): Field[] => [...about(request), ['AA', cardOf(request)]]
const aboutCopy = (request: Message): Field[] => [...about(request), ['AB', barcodeOf(request)]]
const aboutLoan = (request: Message): Field[] => [
  ...aboutPatron(request),
  ['AB', barcodeOf(request)],
  ['AJ', ''],
  ['AH', ''],
]
/** A patron who is told nothing. */
const nobody = (request: Message): Field[] => [...aboutPatron(request), ['AE', ''], ['BL', 'N'], ['CQ', 'N']]

/** The “no” of each kind of request, with what the machine shows. */
export function refuseRequest(request: Message<Asked>, text: Text, now: Temporal.Instant): Message {
  const at = sipMoment(now)
  const language = 'language' in request.fixed ? request.fixed.language : undefined
  const said: Field = ['AF', text[languageOf(language)]]
  switch (request.kind) {
    case 'login':
      return { kind: 'loginAnswer', fixed: { ok: '0' }, fields: [] }
    case 'checkout':
    case 'renew':
      return {
        kind: request.kind === 'checkout' ? 'checkoutAnswer' : 'renewAnswer',
        fixed: { ok: '0', renewed: 'N', magnetic: 'U', desensitize: 'N', at },
        fields: [...aboutLoan(request), said],
      }
    case 'checkin':
      return {
        kind: 'checkinAnswer',
        fixed: { ok: '0', resensitize: 'N', magnetic: 'U', alert: 'Y', at },
        fields: [...aboutCopy(request), ['AQ', ''], ['CV', '99'], said],
      }
    case 'renewAll':
      return {
        kind: 'renewAllAnswer',
        fixed: { ok: '0', renewed: '0000', unrenewed: '0000', at },
        fields: [...about(request), said],
      }
    case 'itemInformation':
      return {
        kind: 'itemInformationAnswer',
        fixed: { circulation: '01', security: '00', feeType: '01', at },
        fields: [...aboutCopy(request), ['AJ', ''], said],
      }
    case 'feePaid':
      return {
        kind: 'feePaidAnswer',
        fixed: { accepted: 'N', at },
        fields: [...aboutPatron(request), said],
      }
    case 'endSession':
      return { kind: 'endSessionAnswer', fixed: { ended: 'Y', at }, fields: aboutPatron(request) }
    case 'patronInformation':
      return {
        kind: 'patronInformationAnswer',
        fixed: {
          status: NO_RIGHTS,
          language: request.fixed.language,
          at,
          holds: '',
          overdue: '',
          charged: '',
          fines: '',
          recalls: '',
          unavailableHolds: '',
        },
        fields: [...nobody(request), said],
      }
    case 'patronStatus':
      return {
        kind: 'patronStatusAnswer',
        fixed: { status: NO_RIGHTS, language: request.fixed.language, at },
        fields: [...nobody(request), said],
      }
    case 'blockPatron':
      return {
        kind: 'patronStatusAnswer',
        fixed: { status: NO_RIGHTS, language: '000', at },
        fields: [...nobody(request), said],
      }
    case 'status':
    case 'resend':
      return { kind: 'sendAgain', fixed: {}, fields: [] }
  }
}
