import type { Context } from '../context.ts'
import { checkProfileChange, type ProfileChange } from '../rules/account.ts'
import { readProfile } from '../store/profile.ts'

/**
 * Whether a change asks for another display name or phone number than the account has, which tells whether somebody
 * else has it. A form that sends everything, unchanged, asks nothing.
 */
export async function asksForUnique(
  { db }: Pick<Context, 'db'>,
  accountId: string,
  { displayName, phone }: ProfileChange,
): Promise<boolean> {
  if (displayName === undefined && phone === undefined) return false
  const checked = checkProfileChange({
    ...(displayName === undefined ? {} : { displayName }),
    ...(phone === undefined ? {} : { phone }),
  })
  // What breaks a rule is refused for that, and looked up nowhere.
  if (checked.kind === 'refused') return false
  const own = await readProfile(db, accountId)
  const { displayName: name = own?.displayName, phone: number = own?.phone } = checked.data
  return name !== own?.displayName || number !== own?.phone
}
