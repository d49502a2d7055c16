import { type ReactNode, useId, useState } from 'react'
import { Said } from '../frame/states.tsx'
import { FileField } from './file-field.tsx'
import { PICTURE_FILES, pictureBody } from './picture-file.ts'

/** The one picture that something has: another one is given in its place, or it is taken away. */
export function OnePicture({
  title,
  label,
  hint,
  takeAway,
  hasPicture,
  give,
  take,
  children,
}: {
  title: string
  label: string
  hint: string
  /** Words of the button that takes it away. */
  takeAway: string
  hasPicture: boolean
  /** What they refuse is told here. */
  give(body: Blob): Promise<void>
  take(): Promise<void>
  /** The picture as it is, where it is shown. */
  children?: ReactNode
}) {
  const id = useId()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const act = async (work: () => Promise<void>) => {
    setRunning(true)
    setError(undefined)
    try {
      await work()
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
      <FileField
        label={label}
        hint={hint}
        accept={PICTURE_FILES}
        disabled={running}
        give={([file]) => {
          if (file) void act(() => give(pictureBody(file)))
        }}
      />
      {hasPicture && (
        <button type="button" disabled={running} onClick={() => void act(take)}>
          {takeAway}
        </button>
      )}
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
    </section>
  )
}
