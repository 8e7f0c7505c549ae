"""Assets over HTTP: the register, and what is done with things, in a file for each subject."""

from backend.assets.routes import (
    counting,
    custody,
    documents,
    faults,
    imports,
    kits,
    labels,
    records,
    sightings,
    tag_page,
)
from backend.assets.routes.register import blp

MORE = (
    custody.blp,
    faults.blp,
    counting.blp,
    sightings.blp,
    imports.blp,
    labels.blp,
    documents.blp,
    records.blp,
    tag_page.blp,
)

__all__ = ["MORE", "blp", "kits"]
