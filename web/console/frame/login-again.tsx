import { AlertDialog } from '@base-ui/react/alert-dialog'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'
import { useSessionState } from './use-session.ts'

/** Over whatever was being done when the login ended. Once somebody has logged in again, calls that waited go on. */
export function LoginAgain() {
  const t = useWords(frameWords)
  const state = useSessionState()
  const here = `/login?${new URLSearchParams({ next: `${location.pathname}${location.search}` })}`
  return (
    <AlertDialog.Root open={state.kind === 'ended'}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{t.session.title}</AlertDialog.Title>
          <AlertDialog.Description>{t.session.text}</AlertDialog.Description>
          <div className="dialog-buttons">
            <a className="button" href={here}>
              {t.session.here}
            </a>
            <a className="button main" href="/login?next=/console/logged-in" target="_blank" rel="noreferrer">
              {t.session.login}
            </a>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

/** Where that login leads to. As every window that opens it tells those that wait. */
export function LoggedIn() {
  const t = useWords(frameWords)
  return (
    <div className="page">
      <h1>{t.session.done}</h1>
      <p>{t.session.doneText}</p>
    </div>
  )
}
