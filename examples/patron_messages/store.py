"""The database of this service: what was taken, how far topics were read, and messages that are to be sent."""

import json
import sqlite3

TABLES = """
create table if not exists place (topic text, part integer, next integer not null, primary key (topic, part));
create table if not exists inbox (event_id text primary key);
-- Events of versions that this program does not know, for the day when it does.
create table if not exists unread (event_id text primary key, envelope text not null);
create table if not exists message (
  event_id text primary key, patron text not null, subject text not null, text text not null,
  at text not null, sent integer not null default 0);
"""


def open_store(path):
    """Opens it; a commit is on disk before anything else is done."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("pragma busy_timeout = 5000")
    db.executescript(TABLES)
    return db


def place_of(db, topic, part):
    """Where to go on reading; 0 for a partition that was never read."""
    row = db.execute("select next from place where topic = ? and part = ?", (topic, part)).fetchone()
    return 0 if row is None else row[0]


def take(db, topic, part, offset, value, message_for, is_newer):
    """Keeps the message an event leads to, that the event was taken, and the place behind it: in one transaction.

    What was read before, and an event that was seen already, leads to nothing.
    """
    db.execute("begin immediate")
    try:
        if offset >= place_of(db, topic, part):
            event = json.loads(value)
            fresh = db.execute("insert into inbox values (?) on conflict do nothing", (event["id"],)).rowcount == 1
            if fresh and is_newer(event):
                db.execute("insert into unread values (?, ?)", (event["id"], value))
            elif fresh and (message := message_for(event)) is not None:
                db.execute(
                    "insert into message (event_id, patron, subject, text, at) values (?, ?, ?, ?, ?)",
                    (event["id"], message["patron"], message["subject"], message["text"], event["time"]),
                )
            db.execute(
                "insert into place values (?, ?, ?) on conflict do update set next = excluded.next",
                (topic, part, offset + 1),
            )
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise


def send_waiting(db, send):
    """Sends what is to be sent, oldest first. A crash between sending and noting it sends once more, by the same id."""
    rows = db.execute(
        "select event_id, patron, subject, text, at from message where sent = 0 order by at, event_id"
    ).fetchall()
    for event_id, patron, subject, text, at in rows:
        send({"id": event_id, "patron": patron, "subject": subject, "text": text, "at": at})
        db.execute("update message set sent = 1 where event_id = ?", (event_id,))
