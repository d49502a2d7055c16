/**
 * The messages of SIP2 (3M Standard Interchange Protocol 2.00) that a self-check machine and a library exchange: the two
 * digits each begins with, and its fields of fixed length, in characters and in their order. What follows them are
 * fields of any length, each with a code of two letters and ended by `|`, in any order.
 */
export const LAYOUTS = {
  blockPatron: { code: '01', fixed: { cardRetained: 1, at: 18 } },
  checkin: { code: '09', fixed: { noBlock: 1, at: 18, returnedAt: 18 } },
  checkinAnswer: { code: '10', fixed: { ok: 1, resensitize: 1, magnetic: 1, alert: 1, at: 18 } },
  checkout: { code: '11', fixed: { renewalPolicy: 1, noBlock: 1, at: 18, offlineDue: 18 } },
  checkoutAnswer: { code: '12', fixed: { ok: 1, renewed: 1, magnetic: 1, desensitize: 1, at: 18 } },
  itemInformation: { code: '17', fixed: { at: 18 } },
  itemInformationAnswer: { code: '18', fixed: { circulation: 2, security: 2, feeType: 2, at: 18 } },
  patronStatus: { code: '23', fixed: { language: 3, at: 18 } },
  patronStatusAnswer: { code: '24', fixed: { status: 14, language: 3, at: 18 } },
  renew: { code: '29', fixed: { thirdParty: 1, noBlock: 1, at: 18, offlineDue: 18 } },
  renewAnswer: { code: '30', fixed: { ok: 1, renewed: 1, magnetic: 1, desensitize: 1, at: 18 } },
  endSession: { code: '35', fixed: { at: 18 } },
  endSessionAnswer: { code: '36', fixed: { ended: 1, at: 18 } },
  feePaid: { code: '37', fixed: { at: 18, feeType: 2, paymentType: 2, currency: 3 } },
  feePaidAnswer: { code: '38', fixed: { accepted: 1, at: 18 } },
  patronInformation: { code: '63', fixed: { language: 3, at: 18, summary: 10 } },
  patronInformationAnswer: {
    code: '64',
    fixed: {
      status: 14,
      language: 3,
      at: 18,
      holds: 4,
      overdue: 4,
      charged: 4,
      fines: 4,
      recalls: 4,
      unavailableHolds: 4,
    },
  },
  renewAll: { code: '65', fixed: { at: 18 } },
  renewAllAnswer: { code: '66', fixed: { ok: 1, renewed: 4, unrenewed: 4, at: 18 } },
  login: { code: '93', fixed: { nameAlgorithm: 1, secretAlgorithm: 1 } },
  loginAnswer: { code: '94', fixed: { ok: 1 } },
  sendAgain: { code: '96', fixed: {} },
  resend: { code: '97', fixed: {} },
  status: { code: '99', fixed: { code: 1, width: 3, version: 4 } },
  statusAnswer: {
    code: '98',
    fixed: {
      online: 1,
      checkin: 1,
      checkout: 1,
      renewal: 1,
      statusUpdate: 1,
      offline: 1,
      timeout: 3,
      retries: 3,
      at: 18,
      version: 4,
    },
  },
} as const

export type Layouts = typeof LAYOUTS
/** What a message is about. */
export type Kind = keyof Layouts

/** The fields of fixed length of a kind of message. */
export type Fixed<K extends Kind> = { readonly [F in keyof Layouts[K]['fixed']]: string }

/** What machines ask; the others are our answers. */
export const ASKED = [
  'login',
  'status',
  'patronStatus',
  'patronInformation',
  'checkout',
  'checkin',
  'renew',
  'renewAll',
  'itemInformation',
  'endSession',
  'feePaid',
  'blockPatron',
  'resend',
] as const satisfies readonly Kind[]
export type Asked = (typeof ASKED)[number]
