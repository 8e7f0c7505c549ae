"""How the person wants the app: language, look, text size, motion. The same for whoever signs in on this phone."""

import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from mobile.core.area import LatLon, read_place
from mobile.core.device.secrets import Secrets


@dataclass(frozen=True)
class Preferences:
    """The choices, with what holds until somebody chooses."""

    language: str = ""
    """Empty: the device's own."""
    look: str = "system"
    text_scale: float = 1.0
    motion: bool = True
    push_asked: bool = False
    """Whether the person was asked to allow notifications: after the first report, not at start."""
    home: str = ""
    """Where the person lives, "latitude,longitude": kept on this phone, which decides by it what concerns them."""
    home_label: str = ""
    layers: str = ""
    """Layers of the map that somebody turned on or off, "+hydrants -parcels": the others are as the city has them."""
    units: str = "feet"
    """How lengths on the map are told: in feet and miles, or in metres."""

    @property
    def lives_at(self) -> LatLon | None:
        """Where the person lives, if they said so."""
        return read_place(self.home)

    @property
    def spoken(self) -> str:
        """The language to speak."""
        return self.language or os.environ.get("LANG", "en")[:2].lower()


class PreferencesFile:
    """Where the choices are kept."""

    def __init__(self, home: Path) -> None:
        self._file = Secrets(home / "preferences.json")
        kept = self._file.read()
        known: dict[str, Any] = {field.name: field.default for field in fields(Preferences)}
        chosen = {name: kept[name] for name in known if isinstance(kept.get(name), type(known[name]))}
        self.now = Preferences(**chosen)

    def change(self, **choices: Any) -> Preferences:
        """Keep these choices."""
        self.now = replace(self.now, **choices)
        self._file.write(asdict(self.now))
        return self.now
