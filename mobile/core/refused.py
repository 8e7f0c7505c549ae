"""A change of one thing that the server refused: the person sends it once more, or puts it away."""

from typing import TYPE_CHECKING

from mobile.core.store import Waiting

if TYPE_CHECKING:
    from mobile.core.parts import Parts


class Refusable:
    """For a model of one thing: `_refused` is the change of it that was refused, if one was."""

    parts: "Parts"
    _refused: Waiting | None = None

    def load(self) -> None:
        """Take over what is in the store."""
        raise NotImplementedError

    def try_again(self) -> None:
        """Send what was refused once more."""
        if self._refused is not None:
            self.parts.store.send_again(self._refused.key)
            self._changed()

    def put_away(self) -> None:
        """Let go of what was refused."""
        if self._refused is not None:
            self.parts.store.put_away(self._refused.key)
            self._changed()

    def _changed(self) -> None:
        self.parts.sync_now()
        self.parts.tell_changed()
        self.load()
