/** One picture of a dashboard. */
export interface Panel {
  title: string
  /** Unit in Grafana's words: `reqps`, `s`, `percentunit`, `bytes`, `short`. */
  unit: string
  /** Queries with what their lines are called. `$__rate_interval` stands for Grafana's own. */
  lines: readonly (readonly [expr: string, legend: string])[]
  /** Why it may be empty on a healthy system that has just started. Others must always show something. */
  mayBeEmpty?: string
  /** Shown as a figure, red from this value on. */
  figure?: { redFrom: number }
}

export interface Board {
  title: string
  /** Its address in Grafana. */
  uid: string
  rows: readonly { title: string; panels: readonly Panel[] }[]
}
