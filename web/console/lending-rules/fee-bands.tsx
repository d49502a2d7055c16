import { useId } from 'react'
import { Whole } from '../frame/whole.tsx'
import { useWords } from '../words/use-words.ts'
import type { Draft, DraftBand } from './draft.ts'
import { lendingRulesWords } from './words.ts'

const MODES = ['flat', 'marginal'] as const
const MOST_BANDS = 50
const MOST_DAY = 3_650
const MOST_FEE = 10_000_000
const MOST_CAP = 100_000_000

/** How late returns are charged: from which day on how much, for all days at once or for each. */
export function FeeBands({ draft, change }: { draft: Draft; change(more: Partial<Draft>): void }) {
  const t = useWords(lendingRulesWords)
  const id = useId()
  const { bands, mode, cap } = draft
  const put = (changed: DraftBand) =>
    change({ bands: bands.map((band) => (band.id === changed.id ? changed : band)) })
  const add = () => {
    const nextId = Math.max(...bands.map((band) => band.id)) + 1
    change({ bands: [...bands, { id: nextId, fromDay: '', fee: '' }] })
  }
  return (
    <fieldset>
      <legend>{t.lateFee}</legend>
      <div className="field">
        <label htmlFor={id}>{t.mode}</label>
        <select
          id={id}
          value={mode}
          onChange={({ target }) => change({ mode: MODES.find((one) => one === target.value) ?? mode })}
        >
          {MODES.map((one) => (
            <option key={one} value={one}>
              {t.modes[one]}
            </option>
          ))}
        </select>
      </div>
      {bands.map((band, index) => (
        <div className="tools" key={band.id}>
          <Whole
            label={t.bandFrom(index + 1)}
            least={1}
            most={MOST_DAY}
            value={band.fromDay}
            take={(fromDay) => put({ ...band, fromDay })}
          />
          <Whole
            label={t.bandFee(index + 1)}
            least={0}
            most={MOST_FEE}
            value={band.fee}
            take={(fee) => put({ ...band, fee })}
          />
          <button
            type="button"
            disabled={bands.length === 1}
            aria-label={`${t.band(index + 1)} ${t.removeBand}`}
            onClick={() => change({ bands: bands.filter((one) => one.id !== band.id) })}
          >
            {t.removeBand}
          </button>
        </div>
      ))}
      <div className="tools">
        <button type="button" disabled={bands.length >= MOST_BANDS} onClick={add}>
          {t.addBand}
        </button>
      </div>
      {mode === 'marginal' && (
        <Whole
          label={t.numbers.cap}
          least={0}
          most={MOST_CAP}
          value={cap}
          take={(text) => change({ cap: text })}
        />
      )}
    </fieldset>
  )
}
