"""The application: the list of domains, wired."""

from functools import partial
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import assets, audit, checks, content, identity, maps, notifications, service_requests
from backend.core import api, photos, pulls
from backend.core.database import Database
from backend.core.domain import Domain, all_feeds
from backend.core.files import Files
from backend.core.house import House
from backend.core.log import start_logging
from backend.core.standing import standing_first
from backend.settings import Settings

DOMAINS: tuple[Domain, ...] = (
    identity.DOMAIN,
    maps.DOMAIN,
    service_requests.DOMAIN,
    content.DOMAIN,
    assets.DOMAIN,
    checks.DOMAIN,
    notifications.DOMAIN,
    audit.DOMAIN,
)
"""In their order: a domain may use the front doors of those above it in this list."""


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application. Without settings it reads the environment and logs JSON lines."""
    if settings is None:
        settings = Settings.from_env()
        start_logging()
    app = Flask("westu", static_folder=None)
    app.extensions["westu"] = make_house(settings)
    api.build(
        app, [photos.blp, pulls.blp, *(blp for domain in DOMAINS for blp in (domain.blueprint, *domain.more))]
    )
    for domain in DOMAINS:
        domain.start_listening()
    served: Any = standing_first(app.wsgi_app, app.extensions["westu"])
    if settings.proxies:
        served = ProxyFix(served, x_for=settings.proxies, x_proto=settings.proxies)
    # A method, and Flask's documented way to put something before it is to assign it.
    app.wsgi_app = served  # type: ignore[method-assign]
    return app


def make_house(settings: Settings) -> House:
    """What the gate and the domains need, from the settings and the domains' hands."""
    return House(
        settings=settings,
        database=Database(settings),
        files=Files(settings.files_url),
        actor_of=identity.actor_of,
        presumed=partial(identity.presumed, settings.secret_key),
        audiences_of=identity.audiences_of,
        feeds=all_feeds(DOMAINS),
        photos=[domain.photos for domain in DOMAINS if domain.photos],
        moves=[domain.moves for domain in DOMAINS if domain.moves],
        measures=[domain.measures for domain in DOMAINS if domain.measures],
        layers={layer.name: layer for domain in DOMAINS for layer in domain.layers},
    )
