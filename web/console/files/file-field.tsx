import { type ReactNode, type Ref, useId } from 'react'

/** A field that takes files of some kinds, with what is to be known of them below it. */
export function FileField({
  label,
  hint,
  accept,
  multiple = false,
  disabled,
  give,
  ref,
}: {
  label: ReactNode
  hint?: ReactNode
  /** Kinds as the browser's dialog offers them; what comes all the same is the server's to judge. */
  accept: string
  multiple?: boolean
  disabled: boolean
  /** Empty when somebody gave up choosing. */
  give(files: readonly File[]): void
  /** Of the field, to empty it once its file has been taken. */
  ref?: Ref<HTMLInputElement>
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={ref}
        type="file"
        accept={accept}
        multiple={multiple}
        disabled={disabled}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        onChange={(event) => give([...(event.target.files ?? [])])}
      />
      {hint !== undefined && (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
