"""Addresses on labels that open the app: what they are shown as."""

from typing import Any

from mobile.core import register
from mobile.core.parts import Parts
from shared_models.assets import tag_of
from shared_models.permissions import Permission


def where_to(parts: Parts, link: str) -> tuple[str, dict[str, Any]] | None:
    """The screen for a label's address (``…/t/WU-00123``) and what it is to show; None for any other address.

    Who works with the city's things sees the thing; anybody else says that they found it, or that it is broken.
    """
    if "/t/" not in link:
        return None
    tag = tag_of(link)
    found = register.by_code(parts.store, tag) if parts.may(Permission.ASSET_READ) else []
    if len(found) == 1:
        return "thing", {"id": str(found[0].id)}
    return "find", {"tag": tag}
