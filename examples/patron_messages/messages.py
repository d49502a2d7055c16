"""Which event becomes which message. No event carries an address: whom a message is for is an account's id."""

KNOWN_VERSION = 1


def message_for(event):
    """The message (patron, subject, text) of an event; None for what patrons are not told of."""
    write = WRITERS.get(event["type"])
    return None if write is None else write(event["data"])


def is_newer(event):
    """Whether it is told in a version that this program does not know."""
    return event["type"] in WRITERS and event["schemaversion"] != KNOWN_VERSION


def _lent(data):
    loan = data["loan"]
    title = loan["title"] or "책 / your book"
    return {
        "patron": loan["patronId"],
        "subject": "대출 안내 / Your loan",
        "text": f"『{title}』 {loan['quantity']}권을 {loan['dueOn']}까지 반납해 주세요. / "
        f"Please return {loan['quantity']} of “{title}” by {loan['dueOn']}.",
    }


def _returned(data):
    loan = data["loan"]
    title = loan["title"] or "책 / your book"
    fee = f" 연체료 {data['fee']:,}원. / Late fee: {data['fee']:,} won." if data["fee"] else ""
    return {
        "patron": loan["patronId"],
        "subject": "반납 확인 / Thank you",
        "text": f"『{title}』 {data['returned']}권이 반납되었습니다. / {data['returned']} of “{title}” came back.{fee}",
    }


def _shelved(data):
    hold = data["hold"]
    return {
        "patron": hold["patronId"],
        "subject": "예약 도서 도착 / Your book is here",
        "text": f"『{hold['title']}』을(를) {data['until']}까지 찾아가세요. / “{hold['title']}” waits until {data['until']}.",
    }


WRITERS = {
    "library.loan.activated": _lent,
    "library.loan.returned": _returned,
    "library.hold.shelved": _shelved,
}
