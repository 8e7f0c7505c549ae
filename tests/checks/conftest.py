"""A police department with a car, what belongs in it, and the product's own templates."""

import pytest

from tests.checks.town import Town


@pytest.fixture
def town(make):
    """Police: units and things; the templates are there, and no shifts."""
    return Town(make)


@pytest.fixture
def gil(make):
    """An officer: checks the things of the police."""
    return make.person("gil", role="crew", department="police")


@pytest.fixture
def fay(make):
    """Keeps the register, and writes templates."""
    return make.person("fay", role="technician")


@pytest.fixture
def sue(make):
    """Answers for a shift of the police."""
    return make.person("sue", role="supervisor", department="police")
