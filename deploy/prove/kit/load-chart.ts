import type { Seen } from './locust.ts'

const [WIDTH, HEIGHT, LEFT, TOP] = [640, 220, 56, 36]

/** A drawing of a load second by second: answers a second above, times below, each with its own scale. */
export function chartOf(title: string, { course }: Seen): string {
  const upper = curve(
    course.map(({ perSecond }) => perSecond),
    '#1d6b57',
  )
  const failed = curve(
    course.map(({ failuresPerSecond }) => failuresPerSecond),
    '#b3261e',
    most(course.map(({ perSecond }) => perSecond)),
  )
  const slow = most(course.map(({ p95 }) => p95))
  const [p95, p50] = [
    curve(
      course.map((one) => one.p95),
      '#c77700',
      slow,
    ),
    curve(
      course.map((one) => one.p50),
      '#3b5ba9',
      slow,
    ),
  ]
  const label = (y: number, text: string, color: string) =>
    `<text x="${LEFT}" y="${y}" fill="${color}">${text}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${2 * HEIGHT + TOP}" font-family="sans-serif" font-size="12" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="14" font-weight="bold">${title}</text>
${label(TOP + 8, `answers a second, up to ${most(course.map(({ perSecond }) => perSecond))}`, '#1d6b57')}
<g transform="translate(${LEFT} ${TOP + 16})">${upper}${failed}</g>
${label(TOP + HEIGHT + 8, `ms: 95 % (orange) and half (blue) of the last ten seconds, up to ${slow}`, '#c77700')}
<g transform="translate(${LEFT} ${TOP + HEIGHT + 16})">${p95}${p50}</g>
</svg>
`
}

function most(values: readonly number[]): number {
  return Math.ceil(Math.max(1, ...values))
}

function curve(values: readonly number[], color: string, top = most(values)): string {
  const [width, height] = [WIDTH - LEFT - 16, HEIGHT - 40]
  const points = values.map((value, index) => {
    const x = (width * index) / Math.max(1, values.length - 1)
    return `${x.toFixed(1)},${(height * (1 - value / top)).toFixed(1)}`
  })
  return `<line x1="0" y1="${height}" x2="${width}" y2="${height}" stroke="#888"/><polyline fill="none" stroke="${color}" stroke-width="2" points="${points.join(' ')}"/>`
}
