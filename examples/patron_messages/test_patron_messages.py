"""Contract tests of this side: the examples of the document lead to messages. Usage: ASYNCAPI=FILE python -m unittest"""

import json
import os
import pathlib
import tempfile
import unittest
import unittest.mock

import contract
import messages
import sinks
import store

DOCUMENT = contract.read_document(os.environ["ASYNCAPI"])


def example(name):
    return DOCUMENT["components"]["messages"][name]["examples"][0]["payload"]


class Contract(unittest.TestCase):
    def test_every_message_needed_is_published_and_written(self):
        self.assertEqual(len(contract.topics_of(DOCUMENT, "test")), 2)
        for name in contract.NEEDS:
            message = messages.message_for(example(name))
            self.assertTrue(message["patron"] and message["subject"] and message["text"], name)

    def test_only_the_members_that_are_needed_are_read(self):
        for name, members in contract.NEEDS.items():
            least = {"type": example(name)["type"]}
            for path in members:
                *steps, last = path.split(".")
                here, there = least, example(name)
                for step in steps:
                    here, there = here.setdefault(step, {}), there[step]
                here[last] = there[last]
            self.assertEqual(messages.message_for(least), messages.message_for(example(name)), name)

    def test_a_message_is_kept_once_however_often_the_event_comes(self):
        db = store.open_store(":memory:")
        event = example("library.loan.returned.v1")
        for part, offset in ((0, 0), (0, 0), (0, 1), (3, 0)):
            store.take(db, "t", part, offset, json.dumps(event), messages.message_for, messages.is_newer)
        self.assertEqual(db.execute("select count(*) from message").fetchone(), (1,))
        self.assertEqual(store.place_of(db, "t", 0), 2)
        sent = []
        store.send_waiting(db, sent.append)
        store.send_waiting(db, sent.append)
        self.assertEqual([one["id"] for one in sent], [event["id"]])

    def test_what_fails_leaves_nothing_and_is_sent_later(self):
        db = store.open_store(":memory:")
        event = example("library.loan.returned.v1")

        def broken(_):
            raise OSError("away")

        with self.assertRaises(OSError):
            store.take(db, "t", 0, 0, json.dumps(event), broken, messages.is_newer)
        self.assertEqual(store.place_of(db, "t", 0), 0)
        store.take(db, "t", 0, 0, json.dumps(event), messages.message_for, messages.is_newer)
        with self.assertRaises(OSError):
            store.send_waiting(db, broken)
        self.assertEqual(db.execute("select sent from message").fetchone(), (0,))

    def test_sent_again_it_is_the_same_file_key_and_mail(self):
        message = {"id": "e-1", "patron": "p-1", "subject": "예약 / Hold", "text": "책 / Book", "at": "2026-11-21T00:05:00Z"}
        with tempfile.TemporaryDirectory() as folder:
            send = sinks.sink_from({"FOLDER": folder})
            for _ in range(2):
                send(message)
            (file,) = pathlib.Path(folder).iterdir()
            self.assertEqual(json.loads(file.read_text(encoding="utf-8")), message)
        with unittest.mock.patch("urllib.request.urlopen") as post:
            sinks.sink_from({"HTTP_URL": "http://127.0.0.1:9/"})(message)
            (request,) = post.call_args.args
            self.assertEqual(request.get_header("Idempotency-key"), "e-1")
            self.assertEqual(json.loads(request.data), message)
        with unittest.mock.patch("smtplib.SMTP") as server:
            sinks.sink_from({"SMTP_URL": "smtp://127.0.0.1:25"})(message)
            (mail,) = server.return_value.__enter__.return_value.send_message.call_args.args
            self.assertEqual((mail["Message-ID"], mail["To"]), ("<e-1@patron-messages>", "p-1@patrons.example"))

    def test_a_version_that_is_not_known_is_put_aside(self):
        db = store.open_store(":memory:")
        event = {**example("library.loan.returned.v1"), "schemaversion": 2}
        store.take(db, "t", 0, 0, json.dumps(event), messages.message_for, messages.is_newer)
        self.assertEqual(db.execute("select count(*) from message").fetchone(), (0,))
        self.assertEqual(db.execute("select count(*) from unread").fetchone(), (1,))


if __name__ == "__main__":
    unittest.main()
