"""Other servers of features and tiles, in a virtual environment of their own, on tables made for them.

Each layer is a table with a column for each field, as they want it; ours is one of many in one table.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.bench.processes import listening

HOME = Path("var/bench/peers")
PINNED = (
    "tipg==1.6.1", "fastapi==0.165.0", "asyncpg==0.32.0", "uvicorn==0.54.0",
    "pygeoapi==0.21.0", "sqlalchemy==2.1.9", "geoalchemy2==0.20.0", "psycopg2-binary==2.9.13", "gunicorn==27.0.1",
)  # fmt: skip
SCHEMA = "peers"
CASTS = {"number": "float8", "integer": "bigint", "boolean": "boolean"}
WORKERS = 2


def installed():
    """Whether they are there, or could be installed from Python's registry."""
    wish = HOME / "installed.txt"
    if wish.exists() and wish.read_text().split() == list(PINNED):
        return True
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        subprocess.run([HOME / "bin/python", "-m", "pip", "install", "-qq", *PINNED], check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    wish.write_text("\n".join(PINNED))
    return True


def fill(owner_url, names):
    """A table for each of these layers, with its features, and all that a good hand gives it: key, index, no JIT."""
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        owner.execute(f"CREATE SCHEMA {SCHEMA}")
        for name in names:
            edition, fields = owner.execute(
                "SELECT edition_id, fields FROM layer WHERE name = %s", [name]
            ).fetchone()
            columns = sql.SQL(", ").join(
                sql.SQL("(props ->> {})::{} AS {}").format(
                    each["name"], sql.SQL(CASTS.get(each["kind"], "text")), sql.Identifier(each["name"])
                )
                for each in fields
            )
            table = sql.Identifier(SCHEMA, name)
            shape = sql.SQL("SELECT GeometryType(geom) FROM feature WHERE edition_id = {} GROUP BY 1")
            shapes = {kind for (kind,) in owner.execute(shape.format(edition))}
            kind = sql.SQL(shapes.pop() if len(shapes) == 1 else "GEOMETRY")
            owner.execute(
                sql.SQL(
                    "CREATE TABLE {} AS SELECT id, geom::geometry({}, 4326) AS geom, {} FROM feature WHERE edition_id = {}"
                ).format(table, kind, columns, edition)
            )
            owner.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(table))
            owner.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(table))
        database = sql.Identifier(owner.info.dbname)
        owner.execute(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET jit = off").format(
                sql.Identifier(owner.info.user), database
            )
        )
        owner.execute("VACUUM ANALYZE")


def refuse_other_answers(ours, theirs):
    """Fail unless both pages (or features) of GeoJSON tell the same: numbers, order, fields, places to six decimals."""
    ours, theirs = (
        [*map(plain, json.loads(body).get("features", [json.loads(body)]))] for body in (ours, theirs)
    )
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    for mine, its in zip(ours, theirs, strict=True):
        assert mine[:2] == its[:2], f"{mine[:2]}\n{its[:2]}"
        assert len(mine[2]) == len(its[2])
        far = max(abs(a - b) for a, b in zip(mine[2], its[2], strict=True))
        assert far < 1e-6, f"{mine[0]} lies {far} degrees away"


def plain(feature):
    """(number, fields but those without a value, all its coordinates in a row)."""
    fields = {
        name: float(value) if isinstance(value, int) else value
        for name, value in feature["properties"].items()
        if value is not None and name != "id"
    }
    return int(feature["id"]), fields, [*numbers(feature["geometry"]["coordinates"])]


def numbers(nested):
    for each in nested:
        if isinstance(each, list):
            yield from numbers(each)
        else:
            yield each


@contextmanager
def tipg(owner_url):
    """tipg as its documentation runs it; gives (port, process id)."""
    env = {
        "DATABASE_URL": said(owner_url),
        "TIPG_DB_SCHEMAS": f'["{SCHEMA}"]',
        "TIPG_CATALOG_TTL": "0",
        "TIPG_TILE_BUFFER": "64",
    }

    def command(port):
        return [
            HOME / "bin/python", "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", str(WORKERS),
            "--log-level", "warning",
        ]  # fmt: skip

    with listening(command, env) as found:
        yield found


def said(url):
    """The address of the database as tipg reads it: a socket's folder stands where a host does."""
    parts = make_url(url)
    host = parts.host or parts.query.get("host", "localhost")
    signs = str(host).replace("/", "%2F")
    password = f":{parts.password}" if parts.password else ""
    port = f":{parts.port}" if parts.port else ""
    return f"postgresql://{parts.username}{password}@{signs}{port}/{parts.database}"


@contextmanager
def pygeoapi(owner_url, names):
    """pygeoapi as its documentation runs it; gives (port, process id)."""
    with tempfile.TemporaryDirectory() as folder:
        told, contract = Path(folder) / "told.yml", Path(folder) / "openapi.yml"
        told.write_text(configuration(make_url(owner_url), names))
        env = {
            "PYGEOAPI_CONFIG": str(told),
            "PYGEOAPI_OPENAPI": str(contract),
            "PYTHONWARNINGS": "ignore",
        }
        subprocess.run(
            [HOME / "bin/pygeoapi", "openapi", "generate", told, "--output-file", contract],
            check=True, env=os.environ | env, stdout=subprocess.DEVNULL,
        )  # fmt: skip

        def command(port):
            return [
                HOME / "bin/python", "-m", "gunicorn", "-w", str(WORKERS), "-k", "gthread", "--threads", "4",
                "--log-level", "error", "-b", f"127.0.0.1:{port}", "pygeoapi.flask_app:APP",
            ]  # fmt: skip

        with listening(command, env) as found:
            yield found


def configuration(url, names):
    """pygeoapi's file: these layers, and the least that it wants to be told beside."""
    text = {"en": "x"}
    access = {
        "host": url.host or url.query.get("host", "localhost"), "port": url.port or 5432, "dbname": url.database,
        "user": url.username, "password": url.password or "", "search_path": [SCHEMA],
    }  # fmt: skip
    layers = {
        name: {
            "type": "collection", "title": name, "description": name, "keywords": [name], "links": [],
            "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
            "providers": [
                {"type": "feature", "name": "PostgreSQL", "data": access, "id_field": "id", "table": name, "geom_field": "geom"}
            ],
        }
        for name in names
    }  # fmt: skip
    whole = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 5000}, "url": "http://127.0.0.1:5000", "mimetype": "application/json",
            "encoding": "utf-8", "gzip": False, "languages": ["en"], "pretty_print": False,
            "limits": {"default_items": 100, "max_items": 1000}, "map": {"url": "x", "attribution": "x"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": text, "description": text, "keywords": ["x"], "keywords_type": "theme",
                               "terms_of_service": "x", "url": "http://127.0.0.1"},
            "license": {"name": "x", "url": "http://127.0.0.1"}, "provider": {"name": "x", "url": "http://127.0.0.1"},
            "contact": {"name": "x"},
        },
        "resources": layers,
    }  # fmt: skip
    return json.dumps(whole)
