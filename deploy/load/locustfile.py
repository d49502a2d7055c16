"""People of a shop and a library, as Locust plays them. One class is one kind of load: `locust Category`, `locust Payer`.

Each comes from an address of their own (X-Forwarded-For; the server must trust one proxy), signs up and pays at the
simulated provider. The figures begin when all have arrived, and last LOAD_SECONDS from there. Only what a name stands for
is timed; what fails while somebody signs up or prepares is told with the rest.
"""

import itertools
import os
import random
import secrets
import uuid

import gevent
from locust import HttpUser, between, constant, task

PUT_OFF = "(put off)"
# Fewer than the library lends to one person.
KEPT_BOOKS = 3

CATEGORIES = ["EYE", "BONE", "BRAIN", "INTESTINE", "LIVER", "SKIN"]
RECEIVER = {
    "name": "홍길동",
    "phone": "010-1234-5678",
    "address": {"city": "서울특별시 중구", "detail": "세종대로 110", "postalCode": "04524"},
}


def address() -> str:
    return "198.18.{}.{}".format(random.randrange(256), random.randrange(1, 255))


class Crowd:
    """Counts who has arrived: signing up costs the server far more than what is measured."""

    def __init__(self):
        self.there = 0
        self.shelves = 0

    def next_shelf(self):
        self.shelves += 1
        return self.shelves

    def one_is_there(self, environment):
        self.there += 1
        if self.there == environment.parsed_options.num_users:
            environment.runner.stats.reset_all()
            gevent.spawn_later(float(os.environ.get("LOAD_SECONDS", "30")), environment.runner.quit)


crowd = Crowd()


class Person(HttpUser):
    abstract = True

    def on_start(self):
        self.client.headers["X-Forwarded-For"] = address()
        self.arrive()
        crowd.one_is_there(self.environment)

    def arrive(self):
        """What comes before the first request that counts."""

    def ask(self, method, path, name, key=False, allowed=(), **more):
        """
        Asks, and comes again under the same key when put off (503 with Retry-After), as the pages do; how often that was
        stands in the figures under a name of its own. Whatever else is neither from 200 to 399 nor allowed has failed.
        """
        headers = {"Idempotency-Key": uuid.uuid4().hex} if key else {}
        while True:
            with self.client.request(
                method, path, name=name, headers=headers, catch_response=True, allow_redirects=False, **more
            ) as answer:
                if answer.status_code != 503 or "Retry-After" not in answer.headers:
                    if answer.status_code in allowed:
                        answer.success()
                    elif not 200 <= answer.status_code < 400:
                        answer.failure("{} {}: {} {}".format(method, path, answer.status_code, answer.text[:200]))
                    return answer
                answer.request_meta["name"] = PUT_OFF
                answer.success()
            gevent.sleep(float(answer.headers["Retry-After"]))

    def quiet(self, method, path, **more):
        """A request whose time is nobody's figure; that it failed is told all the same."""
        answer = self.ask(method, path, "(preparing)", **more)
        return answer.json() if answer.ok and answer.status_code < 300 else None

    def join(self):
        email = "{}@load.example".format(secrets.token_hex(8))
        password = "Load-{}1!".format(secrets.token_hex(6))
        self.quiet(
            "POST",
            "/api/users",
            json={
                "email": email,
                "password": password,
                "displayName": "손님" + secrets.token_hex(4),
                "realName": "홍길동",
                "phone": "010-{:04d}-{:04d}".format(random.randrange(1000, 9999), random.randrange(1000, 9999)),
                "address": RECEIVER["address"],
            },
        )
        answer = self.quiet("POST", "/api/auth/login", json={"email": email, "password": password})
        if answer:
            self.client.headers["Authorization"] = "Bearer " + answer["accessToken"]


class Category(Person):
    """Looks through the first ten pages of categories, as pages that are kept."""

    wait_time = between(0.5, 1.5)

    @task
    def look(self):
        path = "/api/items?category={}&page={}".format(random.choice(CATEGORIES), random.randrange(1, 11))
        self.ask("GET", path, "category, pages 1-10")


class Uncached(Person):
    """The same with a price range nobody asked for before: read from the database every time."""

    wait_time = between(0.5, 1.5)

    @task
    def look(self):
        least = random.randrange(1000, 20000)
        path = "/api/items?category={}&minPrice={}&page=1".format(random.choice(CATEGORIES), least)
        self.ask("GET", path, "category with a price range")


class Payer(Person):
    """Buys one thing after another; what is counted is coming back from the provider's page until it is approved."""

    wait_time = constant(0)

    def arrive(self):
        self.join()
        self.items = [item["id"] for item in self.quiet("GET", "/api/items?size=100")["data"]]

    @task
    def pay(self):
        lines = [{"itemId": random.choice(self.items), "quantity": 1}]
        # An item may be sold out by now.
        order = self.quiet(
            "POST", "/api/orders", key=True, allowed=(409,), json={"lines": lines, "receiver": RECEIVER}
        )
        if not order:
            return
        begun = {"orderId": order["id"], "provider": "kakaopay"}
        payment = self.quiet("POST", "/api/payments", key=True, json=begun)
        if not payment:
            return
        # The bank's own page, outside of the figures.
        pressed = self.ask("POST", payment["redirectUrl"] + "/approve", "(preparing)")
        # Whatever became of it, a page says so; a payment in doubt or refused by the bank is one of its answers.
        self.ask("GET", pressed.headers["Location"], "approve")


class Borrower(Person):
    """Borrows one book after another and brings the oldest back before there are too many: the siege of the library."""

    wait_time = constant(0)

    def arrive(self):
        self.join()
        # Each has a shelf of their own: nobody is refused because another was faster.
        shelf = self.quiet("GET", "/api/books?size=50&available=true&page={}".format(crowd.next_shelf()))
        self.books = itertools.cycle([book["id"] for book in shelf["data"]])
        self.out = []

    @task
    def borrow(self):
        loan = self.ask("POST", "/api/loans", "borrow", key=True, json={"bookId": next(self.books)})
        if loan.status_code == 201:
            self.out.append(loan.json()["id"])
        if len(self.out) >= KEPT_BOOKS:
            self.bring_back(self.out.pop(0))

    def bring_back(self, loan_id):
        """Once the catalogue has settled the loan."""
        while self.quiet("GET", "/api/loans/" + loan_id)["state"] == "pending":
            gevent.sleep(0.1)
        self.quiet("POST", "/api/loans/{}/returns".format(loan_id), key=True, json={"copies": 1})
