import type { ReactNode } from 'react'

/** A table in a frame of its own, in which what does not fit is scrolled, by keys, too. */
export function ScrollTable({
  label,
  look,
  isBusy,
  children,
}: {
  label: string
  /** `low`: no higher than a few rows. */
  look?: 'low' | 'desk-scans'
  isBusy?: boolean
  children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className={look ? `table-scroll ${look}` : 'table-scroll'} tabIndex={0} aria-label={label}>
      <table aria-busy={isBusy}>{children}</table>
    </section>
  )
}
