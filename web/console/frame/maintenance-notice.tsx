import { useQuery } from '@tanstack/react-query'
import { stampText } from '../../ui/format.ts'
import { call } from '../api/call.ts'
import { frameWords } from '../words/frame.ts'
import { useLanguage, useWords } from '../words/use-words.ts'

/** It begins and ends by the clock, and no event tells of that. */
const AGAIN_MS = 30_000

/** What is announced or under way now. */
export const useMaintenance = () =>
  useQuery({
    queryKey: ['maintenance'],
    queryFn: () => call('GET /api/maintenance'),
    refetchInterval: AGAIN_MS,
  })

/** Above every room: what customers see of the maintenance, and that staff go on. */
export function MaintenanceNotice() {
  const { maintenance: t } = useWords(frameWords)
  const language = useLanguage()
  const window = useMaintenance().data?.data
  if (!window) return null
  const [from, until] = [stampText(window.startsAt), stampText(window.endsAt)]
  return (
    <section className="note maintenance" aria-label={t.label}>
      <strong>{window.state === 'announced' ? t.announced(from, until) : t.underWay(until)}</strong>{' '}
      {window.text[language]}
    </section>
  )
}
