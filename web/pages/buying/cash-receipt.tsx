import type { PaymentView } from '../../../src/shop/payments/index.ts'
import { Field, type Wrong } from '../../ui/field.tsx'
import { wonText } from '../../ui/format.ts'
import { Facts } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'

const USES = ['deduction', 'expenditure'] as const

/** What a form asks for, as it was typed; undefined: no cash receipt. */
export interface ReceiptForm {
  use: (typeof USES)[number]
  number: string
}

/** Reads the choice out of a form. */
export function receiptIn(form: URLSearchParams): ReceiptForm | undefined {
  const use = USES.find((one) => one === form.get('receipt'))
  return use && { use, number: (form.get('number') ?? '').slice(0, 40) }
}

/** For what a cash receipt is wanted, if at all, and for which number; what it is not for stands beside it. */
export function ReceiptChoice({
  world,
  visit,
  chosen,
  wrong,
}: {
  world: World
  visit: Visit
  chosen: ReceiptForm | undefined
  wrong?: Wrong | undefined
}) {
  if (!world.payments.pages.providers().some(({ issuesCashReceipts }) => issuesCashReceipts)) return null
  const t = visit.words.buying.receipt
  const choices = [['none', t.none], ...USES.map((use) => [use, t.uses[use]] as const)] as const
  return (
    <section className="box">
      <h2 id="receipt-title">{t.title}</h2>
      <fieldset className="choices" aria-labelledby="receipt-title">
        {choices.map(([value, text]) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="receipt"
              value={value}
              defaultChecked={value === (chosen?.use ?? 'none')}
            />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      <Field
        name="number"
        label={t.number}
        hint={t.hint}
        wrong={wrong}
        defaultValue={chosen?.number}
        inputMode="tel"
        autoComplete="off"
        maxLength={40}
      />
      <p className="quiet">{t.notFor}</p>
    </section>
  )
}

/** What became of the cash receipt of the payment that counts. */
export function ReceiptOfOrder({ visit, payments }: { visit: Visit; payments: readonly PaymentView[] }) {
  const t = visit.words.buying.receipt
  const receipt = payments.find(({ cashReceipt }) => cashReceipt !== null)?.cashReceipt
  if (!receipt) return null
  const { state, use, number, selfIssued, amount, issueNumber, url } = receipt
  const isIssued = state === 'issued' || state === 'cancelled'
  return (
    <section className="box">
      <h2>{t.title}</h2>
      <p>{t.states[state]}</p>
      {selfIssued && <p className="quiet">{t.selfIssued}</p>}
      <Facts
        rows={[
          [t.use, use === null || state === 'not_due' ? null : t.uses[use]],
          [t.to, state === 'not_due' || state === 'by_provider' ? null : number],
          [t.amount, isIssued ? wonText(amount, visit.language) : null],
          [t.issueNumber, issueNumber],
        ]}
      />
      {url !== null && (
        <p>
          <a href={url} rel="noreferrer">
            {t.open}
          </a>
        </p>
      )}
    </section>
  )
}
