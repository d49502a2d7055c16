import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, type InputHTMLAttributes, useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call, type InputOf, newKey } from '../api/call.ts'
import { useCategories } from '../api/use-categories.ts'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { beginOf } from '../table/days.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { couponWords } from './words.ts'

type Offer = InputOf<'POST /api/admin/coupons'>['body']
type Kind = Offer['off']['kind']
type Category = AnswerOf<'GET /api/categories'>['data'][number]

const KINDS = ['amount', 'percent'] as const
const CUSTOMERS = ['all', 'first', 'before'] as const
const MOST_WON = 100_000_000

/** Offers a coupon to everybody. */
export function NewCouponPage() {
  const t = useWords(couponWords)
  const language = useLanguage()
  const categories = useCategories()
  const navigate = useNavigate()
  const client = useQueryClient()
  const field = useId()
  const key = useRef(newKey())
  const [kind, setKind] = useState<Kind>('amount')
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    // Of categories that nobody was shown nothing could be chosen, and the coupon would be for all goods.
    if (running || !categories.data) return
    const body = offerIn(new FormData(event.currentTarget), kind, categories.data.data)
    setRunning(true)
    setError(undefined)
    try {
      const coupon = await call('POST /api/admin/coupons', { key: key.current, body })
      say(t.offered(coupon.name))
      void client.invalidateQueries({ queryKey: ['coupons'] })
      void navigate({ to: '/coupons' })
    } catch (failure) {
      // A refusal is an answer: nothing was done. Without one the same key asks what became of it.
      if (failure instanceof ApiProblem && failure.status < 500) key.current = newKey()
      setError(failure)
      setRunning(false)
    }
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.add}</h1>
        <div className="tools">
          <Link to="/coupons" className="button">
            {t.back}
          </Link>
        </div>
      </div>
      <form className="panel" onSubmit={(event) => void submit(event)}>
        <p>{t.offerSays}</p>
        <Given name="name" label={t.name} required maxLength={60} />
        <div className="field">
          <label htmlFor={field}>{t.kind}</label>
          <select
            id={field}
            value={kind}
            onChange={(event) => setKind(KINDS.find((one) => one === event.target.value) ?? kind)}
          >
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {t.kinds[one]}
              </option>
            ))}
          </select>
        </div>
        {kind === 'amount' ? (
          <Given name="amount" label={t.amount} type="number" required min={1} max={MOST_WON} />
        ) : (
          <>
            <Given name="percent" label={t.percent} type="number" required min={1} max={90} />
            <Given name="most" label={t.most} type="number" min={1} max={MOST_WON} />
          </>
        )}
        <Given
          name="minimum"
          label={t.minimumField}
          hint={t.minimumHint}
          type="number"
          required
          min={0}
          max={MOST_WON}
        />
        <Given name="firstDay" label={t.firstDay} type="date" required />
        <Given name="lastDay" label={t.lastDay} type="date" required />
        <Given name="budget" label={t.budget} type="number" min={1} max={1_000_000} />
        <div className="field">
          <label htmlFor={`${field}-customers`}>{t.customers}</label>
          <select id={`${field}-customers`} name="customers">
            {CUSTOMERS.map((one) => (
              <option key={one} value={one}>
                {t.groups[one]}
              </option>
            ))}
          </select>
        </div>
        <fieldset className="field">
          <legend>{t.categories}</legend>
          <p className="quiet">{t.categoriesHint}</p>
          {categories.data?.data.map(({ code, name }) => (
            <label key={code}>
              <input type="checkbox" name="category" value={code} /> {name[language]}{' '}
            </label>
          ))}
          {categories.error && <Failed error={categories.error} again={() => void categories.refetch()} />}
          {categories.isPending && <Loading />}
        </fieldset>
        <Given
          name="code"
          label={t.code}
          hint={t.codeHint}
          pattern="[0-9A-Za-z]{6,20}"
          minLength={6}
          maxLength={20}
        />
        {error !== undefined && (
          <div className="state-failed" role="alert">
            <Said error={error} />
          </div>
        )}
        <button type="submit" className="main" disabled={running || !categories.data}>
          {t.offer}
        </button>
      </form>
    </div>
  )
}

interface GivenProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string
  hint?: string
}

function Given({ label, hint, ...input }: GivenProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} autoComplete="off" aria-describedby={hint && `${id}-hint`} {...input} />
      {hint && (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

function offerIn(form: FormData, kind: Kind, known: readonly Category[]): Offer {
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  const number = (name: string) => Number(text(name))
  const chosen = form.getAll('category')
  const categories = known.map(({ code }) => code).filter((code) => chosen.includes(code))
  const code = text('code').toUpperCase()
  const most = text('most') === '' ? {} : { most: number('most') }
  return {
    name: text('name'),
    off:
      kind === 'amount' ? { kind, amount: number('amount') } : { kind, percent: number('percent'), ...most },
    minimum: number('minimum'),
    startsAt: beginOf(text('firstDay')),
    endsAt: beginOf(text('lastDay'), 1),
    ...(text('budget') === '' ? {} : { budget: number('budget') }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(code === '' ? {} : { code }),
    firstOrder: text('customers') === 'first',
    boughtBefore: text('customers') === 'before',
  }
}
