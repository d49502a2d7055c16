"""The published contracts: where the messages are that this service needs."""

import json
import pathlib
import urllib.request

NEEDS = json.loads((pathlib.Path(__file__).parent / "needs.json").read_text(encoding="utf-8"))


def read_document(place):
    """The AsyncAPI document at an address or in a file."""
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place, timeout=10) as answer:
            return json.load(answer)
    return json.loads(pathlib.Path(place).read_text(encoding="utf-8"))


def topics_of(document, prefix=None):
    """Names of the topics with the messages needed; raises LookupError for one that is published no more."""
    topics = []
    for message in NEEDS:
        channel = next((one for one in document["channels"].values() if message in one["messages"]), None)
        if channel is None:
            raise LookupError(f"{message} is not published here")
        default = channel.get("parameters", {}).get("prefix", {}).get("default", "")
        topics.append(channel["address"].replace("{prefix}", prefix or default))
    return sorted(set(topics))
