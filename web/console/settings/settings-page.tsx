import { type AnswerOf, call } from '../api/call.ts'
import type { Column } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { MaintenancePanel } from './maintenance.tsx'
import { settingWords } from './words.ts'

type Setting = AnswerOf<'GET /api/admin/settings'>['data'][number]

const keyOf = ({ owner, name }: Setting) => `${owner} ${name}`
const load = () => call('GET /api/admin/settings')

/** By what the server runs. */
export function SettingsPage() {
  const t = useWords(settingWords)
  const shownValue = ({ value, isSecret, isSet }: Setting) => {
    if (isSecret) return isSet ? t.secret : t.none
    return value ?? t.none
  }
  const columns: Column<Setting>[] = [
    { id: 'name', header: t.name, text: ({ name }) => name, cell: ({ name }) => <code>{name}</code> },
    { id: 'owner', header: t.owner, text: ({ owner }) => owner },
    { id: 'value', header: t.value, text: shownValue },
    { id: 'from', header: t.from, text: ({ isSet }) => (isSet ? t.given : t.fallback) },
    { id: 'about', header: t.about, text: ({ about }) => about },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <MaintenancePanel />
      <p className="quiet">{t.explained}</p>
      <ServerTable name="settings" label={t.title} columns={columns} keyOf={keyOf} load={load} />
    </div>
  )
}
