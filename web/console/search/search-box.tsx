import { useNavigate } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useWords } from '../words/use-words.ts'
import { searchWords } from './words.ts'

/** In the top bar, reached by `/` from anywhere. */
export function SearchBox() {
  const t = useWords(searchWords)
  const navigate = useNavigate()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('q')
    const q = typeof typed === 'string' ? typed.trim() : ''
    if (q !== '') void navigate({ to: '/search', search: { q } })
  }
  return (
    <search>
      <form onSubmit={submit} className="search-form">
        <input
          type="search"
          name="q"
          data-search=""
          aria-label={t.label}
          placeholder={t.label}
          maxLength={100}
        />
        <button type="submit">{t.short}</button>
      </form>
    </search>
  )
}
