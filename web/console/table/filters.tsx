import { useNavigate, useSearch } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useId } from 'react'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'
import type { Filter } from './columns.ts'

/** Filters above a list: a choice works at once, a text when it is sent. */
export function Filters({ filters }: { filters: readonly Filter[] }) {
  const t = useWords(frameWords)
  const id = useId()
  const navigate = useNavigate()
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false })
  const change = (values: Readonly<Record<string, string | undefined>>) =>
    void navigate({
      to: '.',
      search: (now: Record<string, unknown>) => ({ ...now, ...values, page: undefined, after: undefined }),
    })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget)
    change(
      Object.fromEntries(
        filters.map(({ name }) => {
          const value = typed.get(name)
          return [name, typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined]
        }),
      ),
    )
  }
  const isFiltered = filters.some(({ name }) => search[name] !== undefined)
  const needsButton = filters.some(({ kind }) => kind !== 'choice')
  return (
    <form className="filters" aria-label={t.table.filters} onSubmit={submit}>
      {filters.map((filter) => (
        <div key={filter.name} className="filter">
          <label htmlFor={`${id}-${filter.name}`}>{filter.label}</label>
          {filter.kind === 'choice' ? (
            <select
              id={`${id}-${filter.name}`}
              name={filter.name}
              value={search[filter.name] ?? filter.initially ?? ''}
              onChange={(event) => change({ [filter.name]: event.target.value || undefined })}
            >
              {filter.initially === undefined && <option value="">{t.table.all}</option>}
              {filter.choices.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          ) : (
            <input
              // Made anew when the address says something else, for instance after going back.
              key={search[filter.name] ?? ''}
              id={`${id}-${filter.name}`}
              name={filter.name}
              type={filter.kind === 'date' ? 'date' : 'search'}
              defaultValue={search[filter.name] ?? ''}
            />
          )}
        </div>
      ))}
      {needsButton && <button type="submit">{t.table.apply}</button>}
      {isFiltered && (
        <button
          type="button"
          className="bare"
          onClick={() => change(Object.fromEntries(filters.map(({ name }) => [name, undefined])))}
        >
          {t.table.clear}
        </button>
      )}
    </form>
  )
}
