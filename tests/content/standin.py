"""A stand-in of the city's alerts in front of the real server: what it says, what it was told, and how often it was asked."""

import json

import httpx


class City(httpx.BaseTransport):
    """Answers for alerts, wishes and what was seen; all else goes on to the `air` behind it."""

    def __init__(self, air):
        self.air = air
        self.alerts, self.edition = [], 1
        self.zones, self.answers = [], {}
        self.asked, self.seen, self.told = [], [], []

    def say(self, *alerts):
        self.alerts, self.edition = list(alerts), self.edition + 1

    def handle_request(self, request):
        from tests.phones import GOOD

        path = request.url.path
        if self.air.rest != GOOD:
            return self.air.handle_request(request)
        if path == "/v1/alerts/" and request.method == "GET":
            return self._alerts(request)
        if path == "/v1/maps/zones":
            return httpx.Response(200, json={"items": self.zones}, headers={"etag": '"z"'})
        if path == "/v1/notifications/seen" and path not in self.answers:
            self.seen.append(json.loads(request.read()))
            return httpx.Response(204)
        if (request.method, path) in self.answers or path in self.answers:
            body = json.loads(request.read() or b"null")
            self.told.append((request.method, path, body))
            answer = self.answers.get((request.method, path)) or self.answers[path]
            status, value = answer(body) if callable(answer) else answer
            return httpx.Response(status, json=value)
        return self.air.handle_request(request)

    def _alerts(self, request):
        tag = f'"{self.edition}"'
        same = request.headers.get("if-none-match") == tag
        self.asked.append(304 if same else 200)
        if same:
            return httpx.Response(304, headers={"etag": tag})
        return httpx.Response(200, json={"items": self.alerts}, headers={"etag": tag})


def stand_in(shown):
    """Put it before the air of this phone."""
    city = City(shown.air)
    shown.parts.sync.api.transport = city
    shown.parts.sync.api.close()
    return city
