"""Topics: who listens to what, and the conditions that join up to five of them."""

import re
from collections import defaultdict
from collections.abc import Callable

from .errors import Reply, answer, fcm_error, rpc_error

NAME = re.compile(r"[a-zA-Z0-9\-_.~%]{1,900}")
MAX_TOPICS_PER_DEVICE = 2000
MAX_TOPICS_PER_CONDITION = 5

Members = dict[str, set[str]]
Condition = Callable[[str, Members], bool]

_WORD = re.compile(r"\s*(&&|\|\||!|\(|\)|'(?P<topic>[a-zA-Z0-9\-_.~%]{1,900})'\s+in\s+topics)\s*")


def new() -> Members:
    """No topic has a member yet."""
    return defaultdict(set)


def subscribe(members: Members, topic: str, token: str, name: str) -> Reply:
    """POST …/topicSubscriptions: 409 if the device listens already."""
    if not NAME.fullmatch(topic):
        return fcm_error("INVALID_ARGUMENT", "Malformed topic name", "topic_name")
    if token in members[topic]:
        return rpc_error(409, "ALREADY_EXISTS", "Requested entity already exists")
    if sum(token in listening for listening in members.values()) >= MAX_TOPICS_PER_DEVICE:
        return rpc_error(429, "RESOURCE_EXHAUSTED", "TOO_MANY_TOPICS")
    members[topic].add(token)
    return answer({"name": f"{name}/{topic}", "topicName": topic})


def unsubscribe(members: Members, topic: str, token: str, *, allow_missing: bool) -> Reply:
    """DELETE …/topicSubscriptions/TOPIC."""
    if token not in members[topic] and not allow_missing:
        return rpc_error(404, "NOT_FOUND", "Requested entity was not found.")
    members[topic].discard(token)
    return answer({})


def listed(members: Members, token: str, name: str) -> Reply:
    """GET …/topicSubscriptions: what one device listens to, by name."""
    mine = sorted(topic for topic, listening in members.items() if token in listening)
    return answer({"topicSubscriptions": [{"name": f"{name}/{t}", "topicName": t} for t in mine]})


def parse(text: str) -> Condition | None:
    """A condition such as `'zone.1' in topics && !('dogs' in topics)`; None if FCM would not read it."""
    words: list[str] = []
    place = used = 0
    while place < len(text):
        word = _WORD.match(text, place)
        if word is None:
            return None
        used += word["topic"] is not None
        words.append(word["topic"] or word[1])  # no topic can be named like an operator
        place = word.end()
    if not 1 <= used <= MAX_TOPICS_PER_CONDITION:
        return None
    try:
        condition = _either(words)
    except ValueError:
        return None
    return None if words else condition


def _either(words: list[str]) -> Condition:
    left = _both(words)
    while words and words[0] == "||":
        words.pop(0)
        left = _joined(left, _both(words), any)
    return left


def _both(words: list[str]) -> Condition:
    left = _single(words)
    while words and words[0] == "&&":
        words.pop(0)
        left = _joined(left, _single(words), all)
    return left


def _single(words: list[str]) -> Condition:
    word = words.pop(0) if words else ")"
    if word == "!":
        inner = _single(words)
        return lambda token, members: not inner(token, members)
    if word == "(":
        inner = _either(words)
        if not words or words.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return inner
    if word in (")", "&&", "||"):
        raise ValueError("a topic is missing")
    return lambda token, members: token in members.get(word, ())


def _joined(left: Condition, right: Condition, how: Callable[[list[bool]], bool]) -> Condition:
    return lambda token, members: how([left(token, members), right(token, members)])
