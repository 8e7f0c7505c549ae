"""Look-up over all the things on the phone as somebody types or scans: no signal, no wait.

The order is the server's (`backend/assets/lookup.py`): a code exactly, the beginning of one, words that begin so, words
that contain it; where nothing does, words but for typing errors. Among equals by tag; what has ended stands last.

What is looked at is one long text with a line for each thing, in that order, so that the first hits are the best. A
few changed things stand in a small part of their own until they are many; then the large one is made anew. Parts are
made off the main thread and never altered, so a look-up may run meanwhile.
"""

import heapq
import json
import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from mobile.core.store import Store
from shared_models.asset_fields import FIELDS
from shared_models.assets import ENDED, AssetKind, plain_code, tag_of

ASSET, MODEL = "asset", "asset_model"
EXACT, BEGINS, WORD_BEGINS, INSIDE, ALIKE = range(5)
SHORTEST_INSIDE = 3
"""Letters from which on they are looked for inside words."""
FEWEST_LETTERS = 4
"""Letters, not digits, from which on something can have been mistyped."""
SHORTEST_ALIKE = 4
"""Letters from which on a word can be mistyped and still be meant."""
LONG = 7
"""Letters from which on two of them may be wrong."""
COMMON = 4_000
"""Three letters that stand in more words than that tell too little of what was meant."""
LOOKED_AT = 60
"""Words that are compared letter by letter."""
MOST_CHANGED = 400
"""Things in the small part."""
PLAIN_WORDS = re.compile(r"[^\W_]+")
"""What is a word by itself in `unit-laptop`."""
OF_MODEL = "\x1f"
"""Before the words of the model, where no word begins: they are found inside, as on the server."""


class Line(NamedTuple):
    """What is looked at of a thing."""

    ended: bool
    tag: str
    id: str
    words: str
    codes: tuple[str, ...]

    @property
    def order(self) -> tuple[bool, str, str]:
        """Among equals."""
        return self.ended, self.tag, self.id


class AssetIndex:
    """All things of a store. `refresh` on a worker, the rest on any thread."""

    def __init__(self) -> None:
        self._store: Store | None = None
        self._revision = -1
        self._texts: dict[str, str] = {}
        self._models: dict[str, str] = {}
        self._changed: dict[str, Line] = {}
        self._parts: tuple[Part, Part, frozenset[str]] = (Part([]), Part([]), frozenset())

    def __len__(self) -> int:
        large, small, gone = self._parts
        return len(large.lines) - len(gone) + len(small.lines)

    def refresh(self, store: Store) -> bool:
        """Take over what the store has by now; whether anything changed. Slow at first: not on the main thread."""
        revision = max(store.revision(ASSET), store.revision(MODEL))
        if store is self._store and revision == self._revision:
            return False
        if store is not self._store:
            self._store, self._texts, self._changed = store, {}, {}
            self._parts = (Part([]), Part([]), frozenset())
        texts = store.things(ASSET)
        for change in store.waiting(ASSET):  # what waits is laid over
            seen = store.one(ASSET, change.about)
            if seen is not None and str(change.about) in texts:
                texts[str(change.about)] = json.dumps(seen.value)
        models = {id_: _model_words(json.loads(text)) for id_, text in store.things(MODEL).items()}
        renamed = models != self._models
        fresh = {id_ for id_, text in texts.items() if self._texts.get(id_) != text}
        left = self._texts.keys() - texts.keys()
        self._models, self._texts, self._revision = models, texts, revision
        if renamed or len(self._changed) + len(fresh) + len(left) > MOST_CHANGED:
            lines = (line_of(id_, json.loads(text), models) for id_, text in texts.items())
            self._changed = {}
            self._parts = (Part(lines), Part([]), frozenset())
        elif fresh or left:
            large, _, gone = self._parts
            self._changed |= {id_: line_of(id_, json.loads(texts[id_]), models) for id_ in fresh}
            self._changed = {id_: line for id_, line in self._changed.items() if id_ not in left}
            superseded = (fresh | left) & large.ids
            self._parts = (large, Part(self._changed.values()), gone | superseded)
        return bool(renamed or fresh or left)

    def scan(self, code: str) -> list[UUID]:
        """The things that have exactly this code: a label's address or tag, or any code of the thing itself."""
        wanted = {plain_code(tag_of(code)), plain_code(code)} - {""}
        found = {line for part, gone in self._both() for line in part.exactly(wanted) if line.id not in gone}
        return [UUID(line.id) for line in sorted(found, key=lambda line: line.order)]

    def look_up(self, typed: str, limit: int = 20) -> list[UUID]:
        """The things that these words may mean, the best first."""
        return [id_ for id_, _ in self.fitting(typed, limit)]

    def fitting(self, typed: str, limit: int = 20) -> list[tuple[UUID, int]]:
        """The same, each with how well it fits: `EXACT`, `BEGINS`, `WORD_BEGINS`, `INSIDE`, `ALIKE`."""
        words, code = " ".join(typed.lower().split()), plain_code(tag_of(typed))
        if not words:
            return []
        best: dict[str, tuple[tuple[Any, ...], Line]] = {}
        for rank in (EXACT, BEGINS, WORD_BEGINS, INSIDE, ALIKE):
            if rank == ALIKE and (best or sum(letter.isalpha() for letter in words) < FEWEST_LETTERS):
                break  # another number is another thing
            for part, gone in self._both():
                hits = (hit for hit in part.ranked(rank, words, code) if hit[1].id not in gone)
                for nearness, line in islice(hits, limit):
                    key = (line.ended, rank, nearness, line.tag, line.id)
                    best.setdefault(line.id, (key, line))
        nearest = heapq.nsmallest(limit, best.values(), key=lambda hit: hit[0])
        return [(UUID(line.id), rank) for (_, rank, *_), line in nearest]

    def _both(self) -> tuple[tuple["Part", frozenset[str]], ...]:
        large, small, gone = self._parts
        return (large, gone), (small, frozenset())


class Part:
    """Some things, ready to be searched."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = sorted(lines, key=lambda line: line.order)
        self.ids = frozenset(line.id for line in self.lines)
        self._text = "\n".join(line.words for line in self.lines) + "\n"
        self._begins = array("L")
        at = 0
        for line in self.lines:
            self._begins.append(at)
            at += len(line.words) + 1
        coded = sorted((code, n) for n, line in enumerate(self.lines) for code in line.codes)
        self._codes = [code for code, _ in coded]
        self._coded = array("L", (n for _, n in coded))
        self._vocabulary, self._grams = _vocabulary(self.lines)

    def exactly(self, codes: Iterable[str]) -> Iterator[Line]:
        """The things that have one of these codes."""
        for code in codes:
            low, high = bisect_left(self._codes, code), bisect_right(self._codes, code)
            yield from (self.lines[n] for n in self._coded[low:high])

    def ranked(self, rank: int, words: str, code: str) -> Iterator[tuple[int, Line]]:
        """(how near it is, thing) of those that fit that well, the best first; some may come twice."""
        if rank == EXACT:
            for line in self.exactly([code] if code else []):
                yield 0, line
        elif rank == ALIKE:
            yield from self._alike(words)
        else:
            for n in self._numbers(rank, words, code):
                yield 0, self.lines[n]

    def _numbers(self, rank: int, words: str, code: str) -> Iterator[int]:
        if rank == BEGINS and code:
            low, high = bisect_left(self._codes, code), bisect_left(self._codes, code + "\x7f")
            yield from heapq.nsmallest(4 * LOOKED_AT, self._coded[low:high])
        elif rank == WORD_BEGINS:
            yield from self._with(" " + words)
        elif rank == INSIDE and len(words) >= SHORTEST_INSIDE:
            rarest, *rest = sorted(words.split(), key=len, reverse=True)
            inside = (n for n in self._with(rarest) if all(word in self.lines[n].words for word in rest))
            bare = self._with(code.lower()) if len(code) >= SHORTEST_INSIDE and code.lower() != words else ()
            yield from heapq.merge(inside, bare)

    def _with(self, wanted: str) -> Iterator[int]:
        """The numbers of the lines in which this stands, in their order."""
        at = self._text.find(wanted)
        while at >= 0:
            n = bisect_right(self._begins, at) - 1
            yield n
            if n + 1 == len(self.lines):
                return
            at = self._text.find(wanted, self._begins[n + 1])

    def _alike(self, words: str) -> Iterator[tuple[int, Line]]:
        """The things whose words are these but for a letter or two, the nearest first."""
        near: Counter[int] | None = None
        for word in words.split():
            away = self._away(word)
            near = (
                away if near is None else Counter({n: near[n] + away[n] for n in near.keys() & away.keys()})
            )
        for n, wrong in sorted((near or Counter()).items(), key=lambda hit: (hit[1], hit[0])):
            yield wrong, self.lines[n]

    def _away(self, word: str) -> Counter[int]:
        """Line → how many letters of it are wrong, for one word."""
        allowed = 0 if len(word) < SHORTEST_ALIKE else 1 if len(word) < LONG else 2
        shared: Counter[str] = Counter()
        for gram in grams_of(word):
            those = self._grams.get(gram, ())
            if len(those) <= COMMON:
                shared.update(those)
        found: Counter[int] = Counter()
        for known, _ in shared.most_common(LOOKED_AT):
            wrong = distance(word, known, allowed)
            if wrong <= allowed:
                for n in self._vocabulary[known]:
                    found[n] = min(found.get(n, allowed), wrong)
        return found


def line_of(id_: str, thing: Mapping[str, Any], models: Mapping[str, str]) -> Line:
    """What is looked at of a thing: its words, each with a space before it, and the codes by which it is scanned."""
    tag, serial = str(thing.get("tag", "")), str(thing.get("serial", ""))
    said = [tag, plain_code(tag), serial, plain_code(serial)]
    said += [str(thing.get(name) or "") for name in ("name", "holder", "unit", "place", "kind")]
    codes = [plain_code(tag), plain_code(serial)]
    specs = _specs(str(thing.get("kind", "")))
    for code, value in (thing.get("fields") or {}).items():
        spec = specs.get(code)
        if isinstance(value, str) if spec is None else spec.searched:
            said.append(str(value))
            if spec is None or spec.identifies:
                said.append(plain_code(str(value)))
                codes.append(said[-1])
    words = "".join(f" {' '.join(word.split())}" for word in dict.fromkeys(said) if word).lower()
    model = models.get(str(thing.get("model_id")), "")
    ended = thing.get("state") in ENDED
    return Line(
        ended, tag, id_, words + OF_MODEL + model, tuple(dict.fromkeys(code for code in codes if code))
    )


def distance(a: str, b: str, most: int) -> int:
    """Letters to change, put in, take away or swap with their neighbour, to make one of the other; above `most`, any more.

    (Optimal string alignment.)
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        now = [i]
        for j, y in enumerate(b, start=1):
            step = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                step = min(step, before[j - 2] + 1)
            now.append(step)
        if min(now) > most:
            return most + 1
        before, last = last, now
    return last[-1]


def grams_of(word: str) -> set[str]:
    """All threes of neighbouring letters, its ends marked."""
    marked = f"^{word}$"
    return {marked[n : n + 3] for n in range(len(marked) - 2)}


def _vocabulary(lines: list[Line]) -> tuple[dict[str, "array[int]"], dict[str, list[str]]]:
    """Word → lines that have it; three letters → words that have them."""
    known: dict[str, array[int]] = {}
    for n, line in enumerate(lines):
        said = line.words.partition(OF_MODEL)[0]
        for word in {*said.split(), *PLAIN_WORDS.findall(said)}:
            known.setdefault(word, array("L")).append(n)
    grams: dict[str, list[str]] = {}
    for word in known:
        if len(word) >= SHORTEST_ALIKE - 1:
            for gram in grams_of(word):
                grams.setdefault(gram, []).append(word)
    return known, grams


def _specs(kind: str) -> dict[str, Any]:
    try:
        return _SPECS[AssetKind(kind)]
    except ValueError:  # of a server that is newer
        return {}


_SPECS = {kind: {spec.code: spec for spec in specs} for kind, specs in FIELDS.items()}


def _model_words(model: Mapping[str, Any]) -> str:
    return "\x1e".join(f"{model.get('make', '')} {model.get('name', '')}".lower().split())
