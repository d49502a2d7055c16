import { AlertDialog } from '@base-ui/react/alert-dialog'
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react'
import { ApiProblem, newKey } from '../api/call.ts'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'
import { Said } from './states.tsx'

interface DangerProps<A> {
  /** On the button that opens the dialog. */
  label: string
  title: string
  /** What will happen, to whom, and how much. */
  children: ReactNode
  /** On the button that does it: the deed, not "OK". */
  confirm: string
  /** Whether a reason has to be given; `none` asks for none. Default: it has to be. */
  reason?: 'needed' | 'none'
  reasonLabel?: string
  /** What the reason begins with, or has been so far. */
  leastReason?: number
  /** So many letters of it the API keeps. Default: 500. */
  mostReason?: number
  disabled?: boolean | undefined
  /** Does it. The key is of this one intention: a repeat after a lost answer has no second effect. */
  act(how: { key: string; reason: string }): Promise<A>
  /** After it was done; the dialog is closed. */
  done(answer: A): void
}

/**
 * A button for what cannot be taken back: it opens a dialog that says what will happen to whom, and by how much; asks
 * for the reason; does it once; and while that is under way can neither be pressed again nor closed.
 */
export function Danger<A>(props: DangerProps<A>) {
  const [open, setOpen] = useState(false)
  const [running, setRunning] = useState(false)
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => running || setOpen(next)}>
      <AlertDialog.Trigger className="danger" disabled={props.disabled ?? false}>
        {props.label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <DangerForm {...props} running={running} setRunning={setRunning} close={() => setOpen(false)} />
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function DangerForm<A>({
  title,
  children,
  confirm,
  reason: asks = 'needed',
  reasonLabel,
  leastReason = 1,
  mostReason = 500,
  act,
  done,
  running,
  setRunning,
  close,
}: DangerProps<A> & { running: boolean; setRunning(now: boolean): void; close(): void }) {
  const t = useWords(frameWords)
  const field = useId()
  const key = useRef(newKey())
  const [reason, setReason] = useState('')
  const [error, setError] = useState<unknown>()

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    // A second press may come before the button is drawn as disabled.
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const answer = await act({ key: key.current, reason: reason.trim() })
      setRunning(false)
      close()
      done(answer)
    } catch (failure) {
      setRunning(false)
      setError(failure)
      // A refusal is an answer: nothing was done. Without one the same key asks what became of it.
      if (failure instanceof ApiProblem && failure.status < 500) key.current = newKey()
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
      <AlertDialog.Description render={<div />} className="dialog-says">
        {children}
      </AlertDialog.Description>
      {asks === 'needed' && (
        <div className="field">
          <label htmlFor={field}>{reasonLabel ?? t.reason}</label>
          <textarea
            id={field}
            required
            minLength={leastReason}
            maxLength={mostReason}
            rows={3}
            value={reason}
            disabled={running}
            aria-describedby={`${field}-hint`}
            onChange={(event) => setReason(event.target.value)}
          />
          <p className="quiet" id={`${field}-hint`}>
            {t.reasonHint}
          </p>
        </div>
      )}
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <div className="dialog-buttons">
        <AlertDialog.Close disabled={running}>{t.cancel}</AlertDialog.Close>
        <button
          type="submit"
          className="danger"
          disabled={running || (asks === 'needed' && reason.trim().length < leastReason)}
        >
          {running ? t.working : confirm}
        </button>
      </div>
    </form>
  )
}
