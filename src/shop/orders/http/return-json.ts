import Type, { type Static } from 'typebox'
import { Uuid } from '../../../platform/http/app.ts'
import { Instant, orNull, WonAmount } from '../../../platform/http/schemas.ts'
import { FEE_SETTLEMENTS } from '../rules/exchange-fee.ts'
import { RETURN_KINDS, RETURN_REASONS } from '../rules/return-policy.ts'
import { RETURN_STATES, type ReturnRequest } from '../rules/return-request.ts'

export const ReturnSchema = Type.Object({
  id: Uuid,
  orderId: Uuid,
  kind: Type.Enum([...RETURN_KINDS]),
  reason: Type.Enum([...RETURN_REASONS]),
  note: orNull(Type.String(), 'In the customer’s words'),
  state: Type.Enum([...RETURN_STATES]),
  paidBy: Type.Enum(['customer', 'merchant'], { description: 'Who pays for the parcels' }),
  parcelFee: WonAmount('Kept of the refund for the parcel back; of an exchange what the customer pays'),
  feeSettlement: orNull(
    Type.Enum([...FEE_SETTLEMENTS]),
    'How the parcels of an exchange were settled; null until that is said, or where nothing is owed',
  ),
  feeSettledAt: orNull(Instant()),
  lines: Type.Array(Type.Object({ lineNo: Type.Integer(), quantity: Type.Integer() })),
  requestedAt: Instant(),
  decidedAt: orNull(Instant(), 'When it was approved or refused'),
  refusedFor: orNull(Type.String(), 'Why it was refused'),
  receivedAt: orNull(Instant(), 'When it came back'),
  restock: orNull(Type.Boolean(), 'Whether its pieces can be sold again'),
  carrier: orNull(Type.String(), 'Of the other piece of an exchange'),
  trackingNumber: orNull(Type.String()),
  endedAt: orNull(Instant()),
})
export type ReturnView = Static<typeof ReturnSchema>

/** The public form of a request. */
export function returnView(request: ReturnRequest): ReturnView {
  const { id, orderId, kind, reason, note, state, paidBy, parcelFee } = request
  const decided = 'decided' in request ? request.decided : null
  const received = 'received' in request ? request.received : null
  const parcel = 'parcel' in request ? request.parcel : null
  return {
    id,
    orderId,
    kind,
    reason,
    note,
    state,
    paidBy,
    parcelFee,
    feeSettlement: request.fee?.how ?? null,
    feeSettledAt: request.fee?.at.toString() ?? null,
    lines: request.lines.map((line) => ({ ...line })),
    requestedAt: request.requestedAt.toString(),
    decidedAt: decided?.at.toString() ?? null,
    refusedFor: 'why' in request ? request.why : null,
    receivedAt: received?.at.toString() ?? null,
    restock: received?.restock ?? null,
    carrier: parcel?.carrier ?? null,
    trackingNumber: parcel?.trackingNumber ?? null,
    endedAt: 'endedAt' in request ? request.endedAt.toString() : null,
  }
}
