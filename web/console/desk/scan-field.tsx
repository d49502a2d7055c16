import { type KeyboardEvent as FieldKey, useEffect, useRef } from 'react'
import { useWords } from '../words/use-words.ts'
import { scanAtEnd } from './scans/scanned.ts'
import { deskWords } from './words.ts'

const OTHER_FIELDS = 'input:not([type=checkbox]), textarea, select'

interface ScanFieldProps {
  scan(typed: string): void
  /** Where nothing but books is scanned. Default: cards and books, with the keys of the desk. */
  label?: string
  placeholder?: string
}

/**
 * The one field of the desk. It has the focus unless somebody is writing elsewhere; keys pressed beside any field go into
 * it; a scan into another field is taken out of there. Enter sends, and the field is empty again.
 */
export function ScanField({ scan, label, placeholder }: ScanFieldProps) {
  const t = useWords(deskWords)
  const field = useRef<HTMLInputElement>(null)
  const act = useRef(scan)
  act.current = scan
  useEffect(() => {
    const own = field.current
    if (!own) return
    own.focus()
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || target === own) return
      if (!(target instanceof HTMLElement)) return
      if (target.matches(OTHER_FIELDS)) return takeOut(event, target)
      // The key itself is typed where the focus is by then.
      if (key.length === 1 && key !== ' ') own.focus()
    }
    const takeOut = (event: KeyboardEvent, target: HTMLElement) => {
      if (event.key !== 'Enter') return
      if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return
      const found = scanAtEnd(target.value)
      if (!found) return
      event.preventDefault()
      event.stopPropagation()
      // As if somebody had typed it, so that the form knows.
      target.setRangeText(found.rest, 0, target.value.length, 'end')
      target.dispatchEvent(new Event('input', { bubbles: true }))
      own.focus()
      act.current(found.scan)
    }
    // After a click on a button, or on nothing, the next scan comes here.
    const onClick = ({ target }: MouseEvent) => {
      if (target instanceof Element && target.closest(`${OTHER_FIELDS}, a, label, summary`)) return
      own.focus()
    }
    document.addEventListener('keydown', onKey, true)
    document.addEventListener('click', onClick)
    return () => {
      document.removeEventListener('keydown', onKey, true)
      document.removeEventListener('click', onClick)
    }
  }, [])
  const onEnter = (event: FieldKey<HTMLInputElement>) => {
    // Enter that ends a syllable is no Enter of the scanner.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
    event.preventDefault()
    const { value } = event.currentTarget
    event.currentTarget.value = ''
    scan(value)
  }
  return (
    <div className="desk-field">
      <label htmlFor="desk-scan">{label ?? t.field}</label>
      <input
        id="desk-scan"
        ref={field}
        type="text"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        placeholder={placeholder ?? t.fieldHint}
        aria-describedby={label === undefined ? 'desk-keys' : undefined}
        onKeyDown={onEnter}
      />
      {label === undefined && (
        <p id="desk-keys" className="quiet">
          {t.keys}
        </p>
      )}
    </div>
  )
}
