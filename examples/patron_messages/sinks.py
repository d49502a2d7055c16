"""Where messages go: a folder, a mail server or an address on the web."""

import email.message
import json
import os
import pathlib
import smtplib
import urllib.parse
import urllib.request


def sink_from(environment):
    """The sink that is set up. Each is given a message with an id, which is the same when it is sent again."""
    if url := environment.get("HTTP_URL"):
        return lambda message: _post(url, message)
    if url := environment.get("SMTP_URL"):
        to = environment.get("SMTP_TO", "{patron}@patrons.example")
        return lambda message: _mail(url, to, message)
    folder = pathlib.Path(environment.get("FOLDER", "messages"))
    folder.mkdir(parents=True, exist_ok=True)
    return lambda message: _write(folder, message)


def _write(folder, message):
    """One file for each message, whole or not there: sent again, it is the same file."""
    part = folder / f".{message['id']}.part"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(message, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / f"{message['id']}.json")


def _post(url, message):
    """The receiver knows a message it has had by the key."""
    request = urllib.request.Request(
        url,
        data=json.dumps(message, ensure_ascii=False).encode(),
        headers={"content-type": "application/json", "idempotency-key": message["id"]},
        method="POST",
    )
    urllib.request.urlopen(request, timeout=10).close()


def _mail(url, to, message):
    """Mail servers do not ask whether they have had one: after a crash it may come twice, with one Message-ID."""
    place = urllib.parse.urlsplit(url)
    mail = email.message.EmailMessage()
    mail["From"] = "library@pillivery.example"
    mail["To"] = to.replace("{patron}", message["patron"])
    mail["Subject"] = message["subject"]
    mail["Message-ID"] = f"<{message['id']}@patron-messages>"
    mail.set_content(message["text"])
    with smtplib.SMTP(place.hostname or "localhost", place.port or 25, timeout=10) as server:
        server.send_message(mail)
