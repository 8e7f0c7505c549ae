"""What tests of devices on the phone share."""

import pytest


@pytest.fixture
def lee(make):
    """Another officer."""
    return make.person("lee", role="crew", department="police")


@pytest.fixture
def phone_of(show_app, kit):
    """The app as somebody has it, once the sync has brought what they may see."""

    def show(person, **options):
        shown = show_app(str(person.id), **options)
        shown.sign_in(person)
        return shown

    return show


@pytest.fixture
def radios(make, tess):
    """Three radios in stock, one of a model that wants a full battery."""
    model = make.model(tess, issue_battery=60)
    return [
        make.asset(tess, tag="WU-001", name="Car 421 portable", fields={"radio_id": "7010012"}),
        make.asset(tess, tag="WU-002", model_id=model["id"], battery=35, pool=True),
        make.asset(tess, tag="WU-003", model_id=model["id"], battery=95, pool=True),
    ]
