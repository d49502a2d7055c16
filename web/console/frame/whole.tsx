import { useId } from 'react'

/** A field for a whole number. */
export function Whole({
  label,
  least,
  most,
  value,
  take,
}: {
  label: string
  least: number
  most: number
  value: string
  take(text: string): void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        required
        min={least}
        max={most}
        value={value}
        onChange={({ target }) => take(target.value)}
      />
    </div>
  )
}
