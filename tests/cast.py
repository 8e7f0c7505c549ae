"""A person who calls the server over HTTP, as a phone would."""

import uuid

from flask.testing import FlaskClient


class Caller:
    """Somebody with (or without) a token."""

    def __init__(self, app, id=None, token="", email="", password="", name=""):
        self.app, self.id, self.token = app, id, token
        self.email, self.password, self.name = email, password, name
        self.client: FlaskClient = app.test_client()

    def call(self, method, path, json=None, *, key=None, **options):
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = str(key)
        return self.client.open(path, method=method, json=json, headers=headers, **options)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.call("POST", path, json, **options)

    def put(self, path, json=None, **options):
        return self.call("PUT", path, json, **options)

    def patch(self, path, json=None, **options):
        return self.call("PATCH", path, json, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)

    def send_photo(self, data, id=None):
        id = id or uuid.uuid4()
        answer = self.call("PUT", f"/v1/photos/{id}", data=data, content_type="image/jpeg")
        assert answer.status_code == 200, answer.get_json()
        return id

    def pull(self, cursor=""):
        """All changes since the cursor, page by page: (changes, cursor, dropped, restarted)."""
        changes, dropped, restarted, more = [], [], [], True
        while more:
            answer = self.get("/v1/sync", query_string={"cursor": cursor} if cursor else {})
            assert answer.status_code == 200, answer.get_json()
            page = answer.get_json()
            changes += page["changes"]
            dropped += page["dropped"]
            restarted += page["restarted"]
            cursor, more = page["cursor"], page["more"]
        return changes, cursor, dropped, restarted


def problem(answer, status, type):
    """Assert that this is this problem, and give its document."""
    assert (answer.status_code, answer.get_json()["type"]) == (status, type), answer.get_json()
    assert answer.mimetype == "application/problem+json"
    return answer.get_json()
