"""History of other cities for tests: Los Angeles' own where it is at hand, and a made one that always is."""

import csv
import random
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.make import Make
from tests.statements import statements

ROOT = Path(__file__).parent.parent
LOS_ANGELES = ROOT.parent / "shared/data/la-myla311-2020-01.csv"
LOS_ANGELES_MAP = ROOT / "backend/city/imports/la-myla311.toml"

MAP = """
name = "made"
title = "Made for tests"
zone = "America/Chicago"
dates = ["iso", "%m/%d/%Y %H:%M"]
department = "public-works"
limits = false

[columns]
key = "number"
type = "kind"
status = "state"
opened = "opened"
closed = "closed"
updated = "updated"
address = "street"
latitude = "lat"
longitude = "lon"
description = "{kind} ({number})"

[statuses]
"New" = { status = "received" }
"Working" = { status = "in-progress" }
"Done" = { status = "closed", reason = "fixed" }
"Void" = { status = "closed" }

[types]
"Hole in street" = { code = "pothole" }
"Wild pig" = { department = "animal-control" }
"""
HEADER = ("number", "kind", "state", "opened", "closed", "updated", "street", "lat", "lon", "reporter")
ROW = {
    "number": "A-1", "kind": "Wild pig", "state": "Done", "opened": "2020-07-01T08:00", "closed": "2020-07-02T09:30",
    "updated": "2020-07-03T10:00", "street": "3800 University Blvd", "lat": "29.717800", "lon": "-95.431700",
    "reporter": "Nobody Real",
}  # fmt: skip
KINDS = ("Hole in street", "Wild pig", "Sign down", "Curb broken", "Noise")
STREETS = ("Sunset Blvd", "Auden St", "Rice Blvd", "Calle Ñandú", "Buffalo Speedway")


def los_angeles():
    """Los Angeles' file; without it the test says NOT RUN and is skipped."""
    if not LOS_ANGELES.exists():
        print(f"NOT RUN: {LOS_ANGELES} is missing")
        pytest.skip("NOT RUN: ../shared/data is missing")
    return LOS_ANGELES


def write(file, rows, header=HEADER):
    """A CSV file of these rows."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])
    return file


def row(**changes):
    """One row, with other cells where told."""
    return tuple((ROW | changes)[column] for column in HEADER)


def made_rows(count, seed=7):
    """Rows of a city that never was, the same for the same seed; every 900th has no place."""
    chance = random.Random(seed)
    for n in range(count):
        kind, street = chance.choice(KINDS), chance.choice(STREETS)
        opened = (
            f"2020-{chance.randint(1, 6):02d}-{chance.randint(1, 28):02d}T{chance.randint(8, 20):02d}:15:00"
        )
        state, closed = ("New", "") if n % 300 == 0 else ("Done", opened.replace("2020-", "2021-"))
        lat, lon = 29.70 + chance.random() / 20, -95.46 + chance.random() / 20
        place = ("", "") if n % 900 == 0 else (f"{lat:.6f}", f"{lon:.6f}")
        house = "4711 1/2 Zinnia 100%" if n == 4711 else f"{chance.randint(1, 9999)} {street}"
        yield (f"M-{n:05d}", kind, state, opened, closed, closed or opened, house, *place, "Nobody Real")


def take(file, map_file, progress=lambda *_: None):
    """Import a file in a transaction of its own: (what became of its rows, those refused)."""
    from backend import service_requests
    from backend.worker import in_transaction

    refused = []
    done = in_transaction(
        lambda: service_requests.import_file(file, map_file, refuse=refused.append, progress=progress)
    )
    return done, [tuple(refusal) for refusal in refused]


def take_much(app, file, map_file):
    """Import a long file as the command does: on a connection that has no plans from when the tables were small."""
    app.extensions["westu"].database.write.dispose()
    return take(file, map_file)


def asked(app, sql, **values):
    """The rows that the database gives when asked directly."""
    with app.extensions["westu"].database.reading() as session:
        return session.execute(text(sql), values).all()


def requests(app):
    """All requests, in the order of their keys."""
    return asked(app, "SELECT * FROM request ORDER BY import_key")


def forget_types(app, sweeper):
    """Take away what imports leave in a table that tests keep."""
    sweeper()
    with app.extensions["westu"].database.writing() as session:
        session.execute(text("DELETE FROM request_type WHERE NOT offered"))
        session.commit()


class History:
    """10,000 requests of one city, and two who work on them."""

    def __init__(self, app):
        make = Make(app)
        self.app = app
        self.carol = make.person("carol", role="desk")
        self.dan = make.person("dan", role="crew", department="solid-waste")

    def ask(self, sql, **values):
        return asked(self.app, sql, **values)

    def count(self, where="true", **values):
        return self.ask(f"SELECT count(*) FROM request WHERE {where}", **values)[0][0]


def whole_city(house, sweeper, settings, folder, city):
    """A database with one city's history in it and nothing else; a generator, for a fixture."""
    sweeper()
    with house.app_context():
        if city == "Los Angeles":
            file, map_file = los_angeles(), LOS_ANGELES_MAP
        else:
            file, map_file = write(folder / "made.csv", made_rows(10_000)), folder / "made.toml"
            map_file.write_text(MAP)
        done, refused = take_much(house, file, map_file)
        assert (done.taken, refused) == (10_000, [])
        owner = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:  # as autovacuum does a minute later
            connection.execute(text("VACUUM ANALYZE request, request_entry"))
        owner.dispose()
        yield History(house)
        forget_types(house, sweeper)


def plan_of(app, caller, path):
    """How PostgreSQL finds the requests that a GET tells: the text of EXPLAIN for the statement really sent."""
    with statements() as seen:
        assert caller.get(path).status_code == 200
    statement, parameters = next(sent for sent in seen if "FROM request" in sent.text)
    with app.extensions["westu"].database.read.connect() as connection:
        return "\n".join(row[0] for row in connection.exec_driver_sql("EXPLAIN " + statement, parameters))
