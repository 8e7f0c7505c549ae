"""Whom to call instead, or besides: as the lines that screens show. No toolkit."""

from collections.abc import Iterable

from mobile.core import strings
from shared_models.basics import Contact


def contact_lines(contacts: Iterable[Contact]) -> list[dict[str, str]]:
    """Each contact with its name in the person's language, its telephone and its page; either may be empty."""
    spanish = strings.language() == "es"
    return [
        {
            "name": contact.name_es if spanish else contact.name_en,
            "telephone": contact.telephone,
            "url": contact.url,
        }
        for contact in contacts
    ]
