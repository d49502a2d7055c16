import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { discounted } from './discounted.ts'
import { itemWords } from './words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>
const STATUSES = ['on_sale', 'sold_out', 'hidden'] as const

interface ChangeOfferProps {
  item: Item
  /** Living ones of the item; undefined while that is not known. */
  subscriptions: number | undefined
}

/** Price, tax and status. Before it is done it is said what the price becomes, and whom it does not reach. */
export function ChangeOffer({ item, subscriptions }: ChangeOfferProps) {
  const t = useWords(itemWords)
  const language = useLanguage()
  const client = useQueryClient()
  const [price, setPrice] = useState(String(item.originPrice))
  const [percent, setPercent] = useState(String(item.discountPercent))
  const [status, setStatus] = useState<Item['status']>(item.status)
  const [taxFree, setTaxFree] = useState(item.taxFree)
  const originPrice = /^\d{1,9}$/.test(price) ? Number(price) : undefined
  const discountPercent = /^(100|\d{1,2}(\.\d)?)$/.test(percent) ? Number(percent) : undefined
  const becomes =
    originPrice === undefined || discountPercent === undefined
      ? undefined
      : discounted(originPrice, discountPercent)
  const isPriceChanged = originPrice !== item.originPrice || discountPercent !== item.discountPercent
  const isTaxChanged = taxFree !== item.taxFree
  const isStatusChanged = status !== item.status
  const taxName = (free: boolean) => t.taxes[free ? 'free' : 'taxed']
  const won = (amount: number) => wonText(amount, language)
  const save = async () => {
    try {
      return await call('PATCH /api/admin/items/:id', {
        params: { id: item.id },
        body: {
          version: item.version,
          ...(isPriceChanged ? { originPrice, discountPercent } : {}),
          ...(isTaxChanged ? { taxFree } : {}),
          ...(isStatusChanged ? { status } : {}),
        },
      })
    } catch (error) {
      // Shown as it is now, so that the next try is about what is there.
      if (error instanceof ApiProblem && error.code === 'item_changed_meanwhile') {
        say(t.changed, 'bad')
        await client.invalidateQueries({ queryKey: ['item', item.id] })
      }
      throw error
    }
  }
  return (
    <section className="panel" aria-labelledby="item-offer">
      <h2 id="item-offer">{t.offer}</h2>
      <div className="filter">
        <label htmlFor="item-price">{t.originPriceField}</label>
        <input
          id="item-price"
          inputMode="numeric"
          value={price}
          autoComplete="off"
          onChange={(event) => setPrice(event.target.value.replaceAll(/[^\d]/g, ''))}
        />
      </div>
      <div className="filter">
        <label htmlFor="item-percent">{t.discountField}</label>
        <input
          id="item-percent"
          inputMode="decimal"
          value={percent}
          autoComplete="off"
          onChange={(event) => setPercent(event.target.value)}
        />
      </div>
      <div className="filter">
        <label htmlFor="item-status">{t.status}</label>
        <select
          id="item-status"
          value={status}
          onChange={(event) =>
            setStatus(STATUSES.find((known) => known === event.target.value) ?? item.status)
          }
        >
          {STATUSES.map((known) => (
            <option key={known} value={known}>
              {t.statuses[known]}
            </option>
          ))}
        </select>
      </div>
      <div className="filter">
        <label htmlFor="item-tax">{t.tax}</label>
        <select
          id="item-tax"
          value={taxFree ? 'free' : 'taxed'}
          onChange={(event) => setTaxFree(event.target.value === 'free')}
        >
          <option value="taxed">{t.taxes.taxed}</option>
          <option value="free">{t.taxes.free}</option>
        </select>
      </div>
      <p role="status">{becomes !== undefined && isPriceChanged && t.becomes(won(becomes))}</p>
      <p>
        <Danger
          label={t.save}
          title={isPriceChanged ? t.priceTitle : isTaxChanged ? t.taxTitle : t.statusTitle}
          confirm={isPriceChanged ? t.priceDo : t.save}
          reason="none"
          disabled={becomes === undefined || !(isPriceChanged || isTaxChanged || isStatusChanged)}
          act={save}
          done={(next) => {
            client.setQueryData(['item', item.id], next)
            say(t.saved)
          }}
        >
          {isPriceChanged && becomes !== undefined && (
            <>
              <p>{t.priceSays(item.name, won(item.realPrice), won(becomes))}</p>
              <p>{t.priceLater}</p>
              {subscriptions !== undefined && <p>{t.agreedStays(subscriptions)}</p>}
            </>
          )}
          {isTaxChanged && <p>{t.taxSays(item.name, taxName(item.taxFree), taxName(taxFree))}</p>}
          {isStatusChanged && (
            <p>
              {t.statusSays(item.name, t.statuses[item.status], t.statuses[status])}
              {status === 'hidden' && ` ${t.statusHidden}`}
            </p>
          )}
        </Danger>
      </p>
    </section>
  )
}
