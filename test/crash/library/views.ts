import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** The parts of the library's answers that readers and librarians look at here. */
const Id = Type.String()
const Loan = Type.Object({
  id: Id,
  patronId: Id,
  book: Type.Object({ id: Id }),
  quantity: Type.Integer(),
  out: Type.Integer(),
  renewals: Type.Integer(),
  state: Type.String(),
})
const Return = Type.Object({
  loan: Loan,
  returnNo: Type.Integer(),
  copies: Type.Integer(),
  fee: Type.Integer(),
})
const Hold = Type.Object({ id: Id, book: Type.Object({ id: Id }), state: Type.String() })
const Holds = Type.Object({ data: Type.Array(Hold) })
const Copies = Type.Object({
  data: Type.Array(
    Type.Object({
      barcode: Type.String(),
      state: Type.String(),
      loanId: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
})
const Fees = Type.Object({ balance: Type.Integer() })
const Entry = Type.Object({ id: Id, amount: Type.Integer() })
const Patron = Type.Object({ id: Id, card: Type.String() })
const Dashboard = Type.Object({
  borrowed: Type.Integer(),
  pending: Type.Integer(),
  lateFees: Type.Integer(),
})
const Terminal = Type.Object({ secret: Type.String() })
const Named = Type.Object({ id: Id })
const Refusal = Type.Object({ errors: Type.Array(Type.Object({ code: Type.String() })) })

export type LoanView = Static<typeof Loan>
export type ReturnView = Static<typeof Return>
export type HoldView = Static<typeof Hold>

const reader =
  <S extends TSchema>(schema: S) =>
  (body: unknown): Static<S> | undefined =>
    Value.Check(schema, body) ? body : undefined

export const asLoan = reader(Loan)
export const asReturn = reader(Return)
export const asHold = reader(Hold)
export const asHolds = reader(Holds)
export const asCopies = reader(Copies)
export const asFees = reader(Fees)
export const asEntry = reader(Entry)
export const asPatron = reader(Patron)
export const asDashboard = reader(Dashboard)
export const asTerminal = reader(Terminal)
export const asNamed = reader(Named)

/** What stood against a loan, by the codes of the refusal. */
export function objectionsIn(body: unknown): string[] {
  return Value.Check(Refusal, body) ? body.errors.map(({ code }) => code) : []
}
