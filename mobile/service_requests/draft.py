"""A report in the making: kept on disk at each step, so that it survives the app."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from mobile.core.device.camera import thumbnail_of
from mobile.core.store import DRAFT, Store
from mobile.service_requests.changes import MINE
from shared_models.basics import Point
from shared_models.service_requests import OpenRequest, RequestType

KEY = f"{DRAFT}report"
PHOTO, PLACE, TYPE, WORDS, REVIEW = STEPS = ("photo", "place", "type", "words", "review")


@dataclass
class Draft:
    """What was entered so far. Its id becomes the request's: however often it is sent, it is one request."""

    id: UUID = field(default_factory=uuid4)
    step: str = PHOTO
    photos: dict[UUID, Path] = field(default_factory=dict)
    at: tuple[float, float] | None = None
    """The pin: (latitude, longitude), WGS 84."""
    placeless: bool = False
    """The person passed the place over; a type that needs one asks for it after all, once it is chosen."""
    address: str = ""
    type: str = ""
    words: str = ""

    @property
    def empty(self) -> bool:
        """Nothing would be lost."""
        return not (self.photos or self.address or self.type or self.words.strip())

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(
            {
                "id": str(self.id),
                "step": self.step,
                "photos": {str(id_): str(path) for id_, path in self.photos.items()},
                "at": self.at,
                "placeless": self.placeless,
                "address": self.address,
                "type": self.type,
                "words": self.words,
            }
        )

    @classmethod
    def of(cls, text: str) -> "Draft":
        """Read it as it was kept."""
        kept = json.loads(text)
        photos = {UUID(id_): Path(path) for id_, path in kept.pop("photos").items()}
        at = kept.pop("at")
        return cls(
            **kept | {"id": UUID(kept["id"])},
            photos={id_: path for id_, path in photos.items() if path.exists()},
            at=(at[0], at[1]) if at else None,
        )

    def wish(self, kind: RequestType) -> OpenRequest:
        """What is asked of the city."""
        at = self.at if kind.place_needed else None  # what needs no place is not told one
        return OpenRequest(
            id=self.id,
            type=kind.code,
            description=self.words.strip(),
            where=Point(lat=round(at[0], 6), lon=round(at[1], 6)) if at else None,
            address=self.address.strip() if at else "",
            photos=tuple(self.photos),
        )


def begun(store: Store) -> Draft | None:
    """The draft that was kept and not sent."""
    text = store.get(KEY)
    if not text:
        return None
    draft = Draft.of(text)
    return None if draft.empty or store.one(MINE, draft.id) else draft


def keep(store: Store, draft: Draft) -> None:
    """Put the draft on disk."""
    store.set(KEY, draft.text())


def forget(store: Store) -> None:
    """There is no draft any more."""
    store.set(KEY, "")


def remove_photos(photos: dict[UUID, Path]) -> None:
    """Delete photos that nothing mentions."""
    for path in photos.values():
        thumbnail_of(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def steps_for(draft: Draft, kind: RequestType | None) -> tuple[str, ...]:
    """The steps of this report in their order: what needs no place is not asked for one."""
    if kind is not None and not kind.place_needed:
        return (PHOTO, TYPE, WORDS, REVIEW)
    if draft.placeless:
        return (PHOTO, TYPE, *([PLACE] if kind else []), WORDS, REVIEW)
    return STEPS
