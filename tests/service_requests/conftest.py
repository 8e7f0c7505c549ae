"""What tests of the import share."""

import pytest

from tests.history import HEADER, MAP, forget_types, take, write


@pytest.fixture
def archive(app, sweeper):
    """The application; the types that imports make are taken away again."""
    yield app
    forget_types(app, sweeper)


@pytest.fixture
def plan(tmp_path):
    """The column map that most tests of the import use."""
    file = tmp_path / "map.toml"
    file.write_text(MAP)
    return file


@pytest.fixture
def taken(archive, plan, tmp_path):
    """A function that imports rows: (what became of them, those refused)."""

    def take_rows(*rows, header=HEADER):
        return take(write(tmp_path / "file.csv", rows, header), plan)

    return take_rows
