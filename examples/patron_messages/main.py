"""Tells patrons of the library what happened to their loans and holds, from the beginning or from where it stopped."""

import os
import signal
import sys
import time

from confluent_kafka import Consumer, KafkaException

import contract
import messages
import sinks
import store

WAIT_SECONDS = 1.0


def main():
    stopping = []
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopping.append(True))
    environment = os.environ
    document = contract.read_document(environment.get("ASYNCAPI", "http://127.0.0.1:8080/asyncapi.json"))
    topics = contract.topics_of(document, environment.get("KAFKA_PREFIX"))
    db = store.open_store(environment.get("DATABASE", "patron_messages.sqlite"))
    send = sinks.sink_from(environment)
    consumer = Consumer(
        {
            "bootstrap.servers": environment.get("KAFKA_BROKERS", "localhost:9092"),
            "group.id": "patron-messages",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            # A killed one is replaced by the next within this time.
            "session.timeout.ms": 6000,
            # Topics are there with their first event.
            "topic.metadata.refresh.interval.ms": 2000,
            "allow.auto.create.topics": False,
        }
    )

    def assigned(of, parts):
        # The places are ours, moved with the effects: what the broker believes we have read does not matter.
        for part in parts:
            part.offset = store.place_of(db, part.topic, part.partition)
        of.assign(parts)

    consumer.subscribe(topics, on_assign=assigned)
    print(f"patron-messages hears {', '.join(topics)}", flush=True)
    while not stopping:
        came = consumer.poll(WAIT_SECONDS)
        if came is not None and came.error():
            print(f"trying again: {came.error()}", flush=True)
        elif came is not None:
            store.take(
                db,
                came.topic(),
                came.partition(),
                came.offset(),
                came.value().decode(),
                messages.message_for,
                messages.is_newer,
            )
        try:
            store.send_waiting(db, send)
        except OSError as error:
            # It stays in the database, and is sent when the sink is back.
            print(f"not sent, trying again: {error}", flush=True)
            time.sleep(WAIT_SECONDS)
    consumer.close()
    db.close()


if __name__ == "__main__":
    try:
        main()
    except (KafkaException, LookupError, OSError) as error:
        sys.exit(f"patron-messages: {error}")
