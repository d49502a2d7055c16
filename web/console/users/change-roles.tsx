import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call, type InputOf } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { userWords } from './words.ts'

export type Holder = AnswerOf<'GET /api/admin/accounts'>
type Given = InputOf<'POST /api/admin/accounts/:id/roles'>['body']['roles'][number]

const GIVEN: readonly Given[] = ['merchant', 'librarian', 'admin']

/** Gives and takes roles, with a reason. */
export function ChangeRoles({ holder }: { holder: Holder }) {
  const t = useWords(userWords)
  const client = useQueryClient()
  const had = GIVEN.filter((role) => holder.roles.includes(role))
  const [wanted, setWanted] = useState<readonly Given[]>(had)
  const named = (roles: readonly Given[]) =>
    roles.length === 0 ? t.onlyCustomer : roles.map((role) => t.role[role]).join(', ')
  const toggle = (role: Given) =>
    setWanted((now) => (now.includes(role) ? now.filter((one) => one !== role) : [...now, role]))
  return (
    <Danger
      label={t.change}
      title={t.changeTitle(holder.displayName)}
      confirm={t.change}
      leastReason={2}
      act={({ reason }) =>
        call('POST /api/admin/accounts/:id/roles', {
          params: { id: holder.id },
          body: { roles: GIVEN.filter((role) => wanted.includes(role)), reason },
        })
      }
      done={() => {
        say(t.changed)
        for (const name of ['staff', 'account']) void client.invalidateQueries({ queryKey: [name] })
      }}
    >
      <p>{holder.email}</p>
      <fieldset className="choices">
        <legend>{t.roles}</legend>
        {GIVEN.map((role) => (
          <label key={role}>
            <input type="checkbox" checked={wanted.includes(role)} onChange={() => toggle(role)} />{' '}
            {t.role[role]}
          </label>
        ))}
      </fieldset>
      <p>{t.before(named(had))}</p>
      <p>{t.after(named(GIVEN.filter((role) => wanted.includes(role))))}</p>
      <p className="quiet">{t.changeSays}</p>
    </Danger>
  )
}
