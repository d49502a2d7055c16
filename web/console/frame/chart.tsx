import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { numberText } from '../../ui/format.ts'
import { ScrollTable } from '../table/scroll-table.tsx'

interface Series {
  readonly label: string
  readonly values: readonly number[]
  /** A colour of the design: `--brand`. */
  readonly colour: string
}

interface ChartProps {
  title: string
  /** Days, the first first. */
  days: readonly string[]
  series: readonly Series[]
  /** How the days' column is headed in the table. */
  dayLabel: string
  /** What opens the table. */
  tableLabel: string
}

const HEIGHT = 180
/** Steps of the axis: what is counted, and won, has no halves. */
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat()

/** Figures over days, as a drawing; and as a table, for those who cannot see it or want the numbers. */
export function Chart({ title, days, series, dayLabel, tableLabel }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (!element) return undefined
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim()
    const axis = {
      stroke: colour('--ink-2'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    }
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        scales: { x: { time: false } },
        legend: { show: true },
        cursor: { y: false },
        axes: [
          { ...axis, values: (_plot, ticks) => ticks.map((tick) => days[tick]?.slice(5) ?? '') },
          { ...axis, size: 76, incrs: WHOLE_STEPS, values: (_plot, ticks) => ticks.map(numberText) },
        ],
        series: [
          { label: dayLabel, value: (_plot, index: number | null) => days[index ?? -1] ?? '' },
          ...series.map(({ label, colour: name }) => ({
            label,
            stroke: colour(name),
            width: 2,
            value: (_plot: uPlot, value: number | null) => (value === null ? '' : numberText(value)),
          })),
        ],
      },
      [days.map((_, index) => index), ...series.map(({ values }) => [...values])],
      element,
    )
    const size = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    size.observe(element)
    return () => {
      size.disconnect()
      plot.destroy()
    }
  }, [days, series, dayLabel])
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <div ref={place} className="chart" aria-hidden="true" />
      <details>
        <summary>{tableLabel}</summary>
        <ScrollTable label={`${title}: ${tableLabel}`} look="low">
          <thead>
            <tr>
              <th scope="col">{dayLabel}</th>
              {series.map(({ label }) => (
                <th key={label} scope="col" className="right">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day, index) => (
              <tr key={day}>
                <td>{day}</td>
                {series.map(({ label, values }) => (
                  <td key={label} className="figures right">
                    {numberText(values[index] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      </details>
    </section>
  )
}
