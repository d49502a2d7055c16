import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ApiProblem, call } from '../api/call.ts'
import { Badge } from '../frame/stamp.tsx'
import { Failed, Loading, Nothing } from '../frame/states.tsx'
import type { Column } from '../table/columns.ts'
import { Filters } from '../table/filters.tsx'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { ChangeRoles, type Holder } from './change-roles.tsx'
import { userWords } from './words.ts'

const route = getRouteApi('/users')
const keyOf = ({ id }: Holder) => id
const load = () => call('GET /api/admin/accounts/staff')

/** Who may do what, and the way to change it. */
export function UsersPage() {
  const t = useWords(userWords)
  const { email } = route.useSearch()
  const columns: Column<Holder>[] = [
    { id: 'name', header: t.name, text: ({ displayName }) => displayName },
    { id: 'email', header: t.email, text: (holder) => holder.email },
    {
      id: 'proof',
      header: t.proof,
      text: ({ emailVerified }) => t.proofs[emailVerified ? 'yes' : 'no'],
      cell: (holder) => <Proof {...holder} />,
    },
    { id: 'roles', header: t.roles, text: ({ roles }) => roles.map((role) => t.role[role]).join(', ') },
    {
      id: 'audit',
      header: t.audit,
      text: ({ id }) => id,
      cell: ({ id }) => (
        <Link to="/audit" search={{ actorId: id }}>
          {t.audit}
        </Link>
      ),
    },
    { id: 'change', header: t.change, text: () => '', cell: (holder) => <ChangeRoles holder={holder} /> },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <section className="panel" aria-label={t.find}>
        <h2>{t.find}</h2>
        <Filters filters={[{ name: 'email', label: t.email, kind: 'text' }]} />
        {email !== undefined && <Found email={email} />}
      </section>
      <h2>{t.staff}</h2>
      <ServerTable
        name="staff"
        label={t.staff}
        columns={columns}
        keyOf={keyOf}
        live={['identity.account.']}
        load={load}
      />
    </div>
  )
}

/** Whether mails to the address reach who holds the account: nobody has proved that of one that is not verified. */
function Proof({ emailVerified }: Pick<Holder, 'emailVerified'>) {
  const t = useWords(userWords)
  return <Badge tone={emailVerified ? 'good' : 'waiting'}>{t.proofs[emailVerified ? 'yes' : 'no']}</Badge>
}

function Found({ email }: { email: string }) {
  const t = useWords(userWords)
  const query = useQuery({
    queryKey: ['account', email],
    queryFn: () => call('GET /api/admin/accounts', { query: { email } }),
  })
  if (query.error instanceof ApiProblem && query.error.code === 'not_found')
    return <Nothing text={t.notFound} />
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const { id, displayName, roles } = query.data
  return (
    <dl className="facts">
      <dt>{t.name}</dt>
      <dd>{displayName}</dd>
      <dt>{t.email}</dt>
      <dd>
        {query.data.email} <Proof {...query.data} />
      </dd>
      <dt>{t.id}</dt>
      <dd>{id}</dd>
      <dt>{t.roles}</dt>
      <dd>
        {roles.map((role) => t.role[role]).join(', ')} <ChangeRoles holder={query.data} />
      </dd>
    </dl>
  )
}
