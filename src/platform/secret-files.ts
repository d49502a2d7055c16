import { readFileSync } from 'node:fs'
import type { Environment, SettingsTable } from './settings.ts'

/**
 * Takes secrets from files, as container platforms hand them out: `DATABASE_URL_FILE=/run/secrets/database` stands for
 * `DATABASE_URL` with what the file holds, without the line break at its end. Only settings that are secret have such
 * a form; `LOG_FILE` is another setting, not the file of a secret.
 * @param tables whose secret settings may come so
 * @returns the environment without the names of files, and what is wrong with each that is; never what is in one
 */
export function withSecretFiles(
  environment: Environment,
  tables: readonly SettingsTable[],
): { environment: Environment; problems: string[] } {
  const problems: string[] = []
  const read: Record<string, string | undefined> = { ...environment }
  for (const name of secretNames(tables)) {
    const form = `${name}_FILE`
    const path = environment[form]
    delete read[form]
    if (path === undefined || path === '') continue
    if (environment[name]) problems.push(`${form}: ${name} is set, too; one of both is enough`)
    const secret = contentOf(path)
    if (secret.kind === 'read') read[name] = secret.text
    else problems.push(`${form}=${path}: ${secret.because}`)
  }
  return { environment: read, problems }
}

function secretNames(tables: readonly SettingsTable[]): Set<string> {
  const secrets = tables.flatMap((table) => Object.values(table).filter(({ secret }) => secret))
  return new Set(secrets.map(({ name }) => name))
}

function contentOf(path: string): { kind: 'read'; text: string } | { kind: 'unreadable'; because: string } {
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    return text === '' ? { kind: 'unreadable', because: 'is empty' } : { kind: 'read', text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { kind: 'unreadable', because: `cannot be read (${code})` }
  }
}
