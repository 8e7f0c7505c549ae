"""Search a pack as a phone does, without rapidfuzz: ``python -m tests.bench.search_probe PACK QUERIES``. CPU ms of each, as JSON."""

import json
import sys
import time
from pathlib import Path


def main(pack, queries):
    sys.modules["rapidfuzz"] = None  # phones have none
    from mobile.core.pack import Pack
    from shared_models import likeness

    assert likeness.OSA is None
    asked = {"first": ["12 a"]} | json.loads(Path(queries).read_text())
    with Pack.open(pack) as opened:
        print(json.dumps({name: [cost(opened, query) for query in those] for name, those in asked.items()}))


def cost(pack, query):
    """CPU milliseconds of one search."""
    began = time.thread_time()
    pack.find(query, limit=8)
    return (time.thread_time() - began) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
