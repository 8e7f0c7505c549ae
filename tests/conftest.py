"""The house that all tests share: one PostGIS database made by the migrations, the West U pack, a cast of people.

Each test begins with a database that holds the city and nobody's requests.
"""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import create_engine, make_url, text

from backend.settings import with_driver
from tests.cast import Caller
from tests.make import Make

pytest_plugins = ["tests.screens"]

KEPT = {
    "alembic_version",
    "department",
    "outline",
    "pack",
    "place",
    "request_type",
    "spatial_ref_sys",
    "street",
    "version",
}
SECRET = "a key for tests, long enough for HMAC with SHA-256"


def pytest_addoption(parser):
    parser.addoption("--soak", action="store_true", help="the long forms")


def pytest_collection_modifyitems(items):
    """Tests that look at what is drawn are marked: the others run faster where nothing is (`make test` does both)."""
    for item in items:
        if "pixels" in item.fixturenames:
            item.add_marker("pixels")


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
        }
    )


@pytest.fixture(scope="session")
def house(settings):
    """The application over a migrated database with the city's pack in it."""
    from backend.app import create_app
    from backend.cli import migrate
    from backend.seed import load_city
    from backend.worker import in_transaction

    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        in_transaction(lambda: load_city("westu"))
    yield app
    app.extensions["westu"].database.close()


@pytest.fixture(scope="session")
def sweeper(house, settings):
    """Empties what tests fill. It acts as the owner: the application may not delete from the ledger."""
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
        connection.execute(text("SET session_replication_role = replica"))
        yield lambda: connection.exec_driver_sql(delete)
    owner.dispose()


@pytest.fixture
def app(house, sweeper):
    """The application, with nobody's things in it, and its context pushed."""
    sweeper()
    with house.app_context():
        yield house


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
