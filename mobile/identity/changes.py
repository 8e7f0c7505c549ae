"""What may be asked for about oneself with no signal; passwords, codes and sign-in want an answer at once."""

from uuid import UUID

from mobile.core.store import WAITING, Store, Waiting
from shared_models.basics import Language
from shared_models.identity import ChangeMe

ME = "me"
PATH = "/v1/me"


def rename(store: Store, who: UUID, name: str) -> None:
    """Change what the city calls me."""
    _change(store, who, ChangeMe(name=name))


def speak(store: Store, who: UUID, language: Language) -> None:
    """Let the city speak this language to me; a choice before it that still waits is dropped."""
    for change in store.outbox():
        if change.kind == ME and change.state == WAITING and change.body.get("language"):
            store.put_away(change.key)
    _change(store, who, ChangeMe(language=language))


def _change(store: Store, who: UUID, wish: ChangeMe) -> None:
    told = {name: value for name, value in wish.dump().items() if value is not None}
    store.add(Waiting("PATCH", PATH, told, ME, who))
