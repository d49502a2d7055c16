"""People of a shop and a library, as Locust plays them. One class is one kind of load: `locust Category`, `locust Payer`.

Each comes from an address of their own (X-Forwarded-For; the server must trust one proxy), signs up and pays at the
simulated provider. Only what a name stands for is counted: signing up and preparing are left out of the figures.
"""

import random
import secrets
import uuid

from locust import HttpUser, between, constant, task

CATEGORIES = ["EYE", "BONE", "BRAIN", "INTESTINE", "LIVER", "SKIN"]
RECEIVER = {
    "name": "홍길동",
    "phone": "010-1234-5678",
    "address": {"city": "서울특별시 중구", "detail": "세종대로 110", "postalCode": "04524"},
}


def address() -> str:
    return "198.18.{}.{}".format(random.randrange(256), random.randrange(1, 255))


class Person(HttpUser):
    abstract = True

    def on_start(self):
        self.client.headers["X-Forwarded-For"] = address()

    def quiet(self, method, path, key=False, **more):
        """A request whose time is nobody's figure; what fails is told all the same."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} if key else {}
        answer = self.client.request(method, path, name="(preparing)", headers=headers, **more)
        return answer.json() if answer.ok else None

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
        self.client.get(path, name="category, pages 1-10")


class Uncached(Person):
    """The same with a price range nobody asked for before: read from the database every time."""

    wait_time = between(0.5, 1.5)

    @task
    def look(self):
        least = random.randrange(1000, 20000)
        path = "/api/items?category={}&minPrice={}&page=1".format(random.choice(CATEGORIES), least)
        self.client.get(path, name="category with a price range")


class Payer(Person):
    """Buys one thing after another; what is counted is coming back from the provider's page until it is approved."""

    wait_time = constant(0)

    def on_start(self):
        super().on_start()
        self.join()
        self.items = [item["id"] for item in self.quiet("GET", "/api/items?size=100")["data"]]

    @task
    def pay(self):
        lines = [{"itemId": random.choice(self.items), "quantity": 1}]
        order = self.quiet("POST", "/api/orders", key=True, json={"lines": lines, "receiver": RECEIVER})
        if not order:
            return
        begun = {"orderId": order["id"], "provider": "kakaopay"}
        payment = self.quiet("POST", "/api/payments", key=True, json=begun)
        if not payment:
            return
        # The bank's own page, outside of the figures.
        pressed = self.client.post(
            payment["redirectUrl"] + "/approve", name="(preparing)", allow_redirects=False
        )
        with self.client.get(
            pressed.headers["Location"], name="approve", allow_redirects=False, catch_response=True
        ) as answer:
            # Anything below 500 is a page that says what became of it; a payment in doubt is one of its answers.
            if answer.status_code < 500:
                answer.success()


class Borrower(Person):
    """Borrows a book and has it taken back by asking for the next: the siege of the library."""

    wait_time = constant(0)

    def on_start(self):
        super().on_start()
        self.join()
        self.books = [book["id"] for book in self.quiet("GET", "/api/books?size=100&available=true")["data"]]

    @task
    def borrow(self):
        with self.client.post(
            "/api/loans",
            name="borrow",
            headers={"Idempotency-Key": uuid.uuid4().hex},
            json={"bookId": random.choice(self.books)},
            catch_response=True,
        ) as answer:
            # Who has as many books as allowed is told so; that is an answer, and the next reader comes.
            if answer.status_code in (201, 409, 422):
                answer.success()
            if answer.status_code in (409, 422):
                self.join()
