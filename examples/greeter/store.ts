import { DatabaseSync } from 'node:sqlite'
import type { Heard } from './greet.ts'

/** One message of a topic, at its place. */
export interface Arrival {
  topic: string
  partition: number
  offset: number
  value: string
}

const TABLES = `
create table if not exists place (topic text, partition integer, next integer not null, primary key (topic, partition)) strict;
create table if not exists inbox (event_id text primary key) strict;
-- Events of versions that this program does not know, for the day when it does.
create table if not exists unread (event_id text primary key, envelope text not null) strict;
create table if not exists book (book_id text primary key, title text not null, kdc text not null, version integer not null, lent integer not null) strict;
create table if not exists reader (patron_id text, book_id text, primary key (patron_id, book_id)) strict;
create table if not exists greeting (patron_id text primary key, event_id text not null, words text not null) strict;
create table if not exists suggestion (event_id text primary key, patron_id text not null, after_book text not null, book_id text, words text) strict;
`

/** Opens the database of this service. @param file `:memory:` for one that is not kept */
export function openStore(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  // What a message led to is on disk before the next one is read.
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;')
  db.exec(TABLES)
  return db
}

/** Where to go on reading a partition; 0 for one that was never read. */
export function placeOf(db: DatabaseSync, topic: string, partition: number): number {
  const row = db.prepare('select next from place where topic = ? and partition = ?').get(topic, partition)
  return row === undefined ? 0 : Number(row.next)
}

/**
 * Takes a message: its effect, that it was taken, and the place behind it are one transaction. What was read before, or
 * is an event that was seen already, has no effect.
 * @returns whether it had one
 */
export function take(db: DatabaseSync, arrival: Arrival, effect: (event: Heard) => void): boolean {
  const { topic, partition, offset, value } = arrival
  db.exec('begin immediate')
  try {
    const isNew = offset >= placeOf(db, topic, partition)
    const event = JSON.parse(value) as Heard
    const fresh =
      isNew && db.prepare('insert into inbox values (?) on conflict do nothing').run(event.id).changes === 1
    if (fresh) effect(event)
    if (isNew)
      db.prepare('insert into place values (?, ?, ?) on conflict do update set next = excluded.next').run(
        topic,
        partition,
        offset + 1,
      )
    db.exec('commit')
    return fresh
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}
