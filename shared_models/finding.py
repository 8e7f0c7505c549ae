"""Finding a type of request by what people call it: in either language, misspelt, half of it."""

from collections.abc import Iterable, Mapping, Sequence

from shared_models.likeness import fold, likeness
from shared_models.service_requests import RequestType

GOOD_ENOUGH = 0.45
"""Below it a type has too little of what was typed."""
NEAR_THE_BEST = 0.65
"""And with less than this share of the best one's likeness it would only be in the way."""
LITTLE = 0.2
"""What a word counts that says nothing by itself."""
_LITTLE = """
a an and at by for from has have i in is it my near not of on or our the there to was with
al con de del el en es esta fue ha hay la las lo los mi o para por que se sin su un una y
"""
LITTLE_WORDS = frozenset(_LITTLE.split())

Likes = Sequence[Mapping[str, float]]
"""For each typed word the known words that it may mean, and how much it is each."""


class TypeIndex:
    """Types made ready to be searched; a search takes a few milliseconds."""

    def __init__(self, types: Iterable[RequestType]) -> None:
        """Names and synonyms of all languages are searched, whatever the person speaks."""
        self.types = list(types)
        self._phrases = [
            [fold(text) for text in (kind.name_en, kind.name_es, *kind.synonyms_en, *kind.synonyms_es)]
            for kind in self.types
        ]
        self._words = {word for phrases in self._phrases for phrase in phrases for word in phrase}

    def search(self, query: str) -> list[RequestType]:
        """The types that these words most likely mean, best first; all of them, in their order, for no words.

        A name or synonym that has all the words beats words scattered over several synonyms. Up to two typos a
        word are forgiven, and the last word may still be in the middle of being typed.
        """
        typed = fold(query)
        if not typed:
            return list(self.types)
        likes = [self._like(word, last=place == len(typed) - 1) for place, word in enumerate(typed)]
        scored = [(_score(typed, likes, phrases), -place) for place, phrases in enumerate(self._phrases)]
        enough = max(GOOD_ENOUGH, NEAR_THE_BEST * max((score for score, _ in scored), default=0.0))
        good = sorted((pair for pair in scored if pair[0] >= enough), reverse=True)
        return [self.types[-place] for _, place in good]

    def _like(self, typed: str, *, last: bool) -> dict[str, float]:
        likes = ((word, likeness(typed, word, last=last)) for word in self._words)
        return {word: like for word, like in likes if like}


def _score(typed: Sequence[str], likes: Likes, phrases: Sequence[Sequence[str]]) -> float:
    together = {word for phrase in phrases for word in phrase}
    return max(0.8 * _met(typed, likes, together), *(_alike(typed, likes, phrase) for phrase in phrases))


def _alike(typed: Sequence[str], likes: Likes, phrase: Sequence[str]) -> float:
    met = _met(typed, likes, phrase)
    if not met:
        return 0.0
    asked_for = [max(like.get(word, 0.0) for like in likes) for word in phrase]
    return met * (0.8 + 0.2 * _share(phrase, asked_for))


def _met(typed: Sequence[str], likes: Likes, words: Iterable[str]) -> float:
    among = list(words)
    best = [max((like.get(word, 0.0) for word in among), default=0.0) for like in likes]
    return _share(typed, best)


def _share(words: Sequence[str], gained: Sequence[float]) -> float:
    weights = [LITTLE if word in LITTLE_WORDS else 1.0 for word in words]
    total = sum(weights)
    return sum(weight * gain for weight, gain in zip(weights, gained, strict=True)) / total if total else 0.0
