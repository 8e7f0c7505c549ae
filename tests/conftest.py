"""The house that all tests share: one PostGIS database made by the migrations, the West U pack, a cast of people.

Each test begins with a database that holds the city and nobody's requests.
"""

import io
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import create_engine, delete, make_url, text
from sqlalchemy.exc import DBAPIError

from backend.settings import with_driver
from tests import memory
from tests.cast import Caller
from tests.make import Make
from tests.served import Served, reaches_inside

pytest_plugins = ["tests.screens"]

KEPT = {
    "alembic_version",
    "check_clock",
    "department",
    "outline",
    "pack",
    "place",
    "request_type",
    "spatial_ref_sys",
    "street",
    "version",
}
LONGEST = ("tests/killed/", "tests/looks/")
VAPID_KEY = "IQ9Ur0ykXoHS9gzfYX0aBjy9lvdrjx_PFUXmie9YRcY"
"""A P-256 key: the one of RFC 8291's example."""
SECRET = "a key for tests, long enough for HMAC with SHA-256"


def pytest_addoption(parser):
    parser.addoption("--soak", action="store_true", help="the long forms")
    parser.addoption(
        "--servers", type=int, default=0, help="speak to so many real servers, with as many workers"
    )


def pytest_collection_modifyitems(config, items):
    """Tests that look at what is drawn are marked: the others run faster where nothing is (`make test` does both).

    So are those that speak to real servers with ``--servers``. The longest come first: what is left for the end of two
    processes is short.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        if "pixels" in item.fixturenames:
            item.add_marker("pixels")
        if config.getoption("--servers") and not reaches_inside(item):
            item.add_marker("served")


def pytest_collection_finish():
    """All tests are loaded: that stays."""
    memory.settle()
    memory.let_go_quietly()


@pytest.fixture(scope="session")
def soak(request):
    """Whether the long forms run."""
    return request.config.getoption("--soak") or os.environ.get("SOAK") == "1"


@pytest.fixture(scope="session")
def database_urls():
    """(application's, owner's) URL of a database for tests: as `make test` gives it, or one of our own."""
    if os.environ.get("DATABASE_URL"):
        url = os.environ["DATABASE_URL"]
        owner = os.environ.get("DATABASE_OWNER_URL", url)
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        yield (beside(url, owner, worker), beside(owner, owner, worker)) if worker else (url, owner)
        return
    from backend.core.cluster import Cluster

    with Cluster(Path(__file__).parent.parent / "var/test/pg", durable=False) as cluster:
        name = f"westu_test_{os.getpid()}"
        cluster.ensure_database(name)
        yield cluster.app_url(name), cluster.owner_url(name)
        cluster.drop_database(name)


def beside(url, owner, worker):
    """The URL of a database for one of several pytest processes, made anew beside the given one."""
    mine = make_url(url).set(database=f"{make_url(url).database}_{worker}")
    engine = create_engine(with_driver(owner), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{mine.database}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{mine.database}"'))
    engine.dispose()
    return mine.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def settings(database_urls, tmp_path_factory):
    from backend.settings import Settings

    return Settings.from_env(
        {
            "DATABASE_URL": database_urls[0],
            "DATABASE_OWNER_URL": database_urls[1],
            "SECRET_KEY": SECRET,
            "FILES_URL": tmp_path_factory.mktemp("files").as_uri(),
            "POOL_SIZE": "6",
            "FIREBASE_CREDENTIALS": "read-by-workers-alone.json",
            "SMTP_URL": "smtp://127.0.0.1:9",
            "MAIL_FROM": "city@example.org",
            "VAPID_KEY": VAPID_KEY,
            "VAPID_CONTACT": "mailto:it@example.org",
        }
    )


def with_city(settings):
    """The application over a migrated database with the city's pack in it."""
    from backend.app import create_app
    from backend.cli import migrate
    from backend.seed import load_city
    from backend.worker import in_transaction

    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        in_transaction(lambda: (nothing_to_find(), load_city("westu")))
    return app


def nothing_to_find():
    """What is found of layers goes into the pack: none that an earlier run left."""
    from backend.core.actor import db
    from backend.maps.tables import SearchSourceRow

    db().execute(delete(SearchSourceRow))


@pytest.fixture(scope="session")
def house(settings):
    """The application in this process."""
    app = with_city(settings)
    memory.settle()
    yield app
    app.extensions["westu"].database.close()


@pytest.fixture(scope="session")
def served(request, settings, tmp_path_factory):
    """Real servers and workers, with ``--servers``."""
    count = request.config.getoption("--servers")
    made = Served(settings, count, tmp_path_factory.mktemp("served"), with_city)
    yield made
    made.end()
    assert set(made.forward.carried.values()) != {0}


@pytest.fixture(scope="session")
def sweeper(house, settings):
    """Empties what tests fill in the house of this process."""
    with sweeping(settings) as sweep:
        yield sweep


@pytest.fixture(scope="session")
def served_sweeper(served):
    """The same for the served one, once the workers have come to rest: no transaction of theirs is cut in two."""
    with sweeping(served.settings, lock="LOCK TABLE {} IN ACCESS EXCLUSIVE MODE") as sweep:
        yield sweep


@contextmanager
def sweeping(settings, lock=""):
    """A function that empties tables. It acts as the owner: the application may not delete from the ledger."""
    owner = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        tables = [
            name
            for name in connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            )
            if name not in KEPT
        ]
        delete = ";".join(f'DELETE FROM "{name}"' for name in tables)
        everything = ", ".join(f'"{name}"' for name in tables)
        if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            connection.execute(text("SET session_replication_role = replica"))
            if lock:
                delete = f"BEGIN; {lock.format(everything)}; {delete}; COMMIT"
        else:  # slower, and all that the owner of the tables may do on a shared server
            delete = f"TRUNCATE {everything}"
        yield lambda: again_after_deadlocks(connection, delete)
    owner.dispose()


def again_after_deadlocks(connection, statements, tries=20):
    """Run them; a worker that locks the other way round may win a few times."""
    for left in reversed(range(tries)):
        try:
            return connection.exec_driver_sql(statements)
        except DBAPIError:
            if not left:
                raise
            connection.exec_driver_sql("ROLLBACK")


@pytest.fixture
def app(request):
    """The application, with nobody's things in it, and its context pushed; or the real servers in its place."""
    if request.node.get_closest_marker("served"):
        found = request.getfixturevalue("served").app
        request.getfixturevalue("served_sweeper")()
    else:
        found = request.getfixturevalue("house")
        request.getfixturevalue("sweeper")()
    with found.app_context():
        yield found


@pytest.fixture
def make(app):
    """Plain functions that make things: ``make.request(by=alice)``."""
    return Make(app)


@pytest.fixture
def alice(make):
    """Lives here."""
    return make.person("alice")


@pytest.fixture
def bob(make):
    """Her neighbour: must see nothing of hers."""
    return make.person("bob")


@pytest.fixture
def carol(make):
    """Works the desk: all requests."""
    return make.person("carol", role="desk")


@pytest.fixture
def dan(make):
    """Drives the truck: the requests of Public Works and its parts."""
    return make.person("dan", role="crew", department="public-works")


@pytest.fixture
def erin(make):
    """Administers."""
    return make.person("erin", role="admin")


@pytest.fixture
def tess(make):
    """Keeps the register and mends what is broken: the things of all departments."""
    return make.person("tess", role="technician")


@pytest.fixture
def sam(make):
    """Answers for a shift of the police and its things."""
    return make.person("sam", role="supervisor", department="police")


@pytest.fixture
def kim(make):
    """Drives a police car: the things of the police."""
    return make.person("kim", role="crew", department="police")


@pytest.fixture
def nobody(app):
    """Not signed in."""
    return Caller(app)


@pytest.fixture(scope="session")
def jpeg():
    """A function that makes the bytes of a small photo of one colour."""

    def picture(colour="orange", size=(640, 480)):
        out = io.BytesIO()
        Image.new("RGB", size, colour).save(out, "JPEG")
        return out.getvalue()

    return picture
