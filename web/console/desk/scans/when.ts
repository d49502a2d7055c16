/**
 * When a return counts from: when it came into the book drop, or else when it was scanned. Nobody knows at the scan
 * whether it can be sent at once, so its moment always goes along.
 * @param drop local time in Seoul as a field has it; empty: it was not in the drop
 */
export function whenOf(drop: string, scanned: Date): { effectiveAt: string } | { scannedAt: string } {
  const dropped = new Date(`${drop}:00+09:00`)
  if (drop !== '' && !Number.isNaN(dropped.getTime())) return { effectiveAt: dropped.toISOString() }
  return { scannedAt: scanned.toISOString() }
}
