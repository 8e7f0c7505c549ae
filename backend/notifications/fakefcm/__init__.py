"""A strict stand-in for Google's FCM HTTP v1 service, on loopback alone.

Tests, demonstrations and `make run` send through the real firebase-admin to it:
`HTTPS_PROXY` and a throw-away certificate authority in the environment are all
that the sender sees of it. `python -m backend.notifications.fakefcm` serves it.
"""

from .errors import Fault
from .server import FakeFcmServer
from .service import FakeFcm

__all__ = ["FakeFcm", "FakeFcmServer", "Fault"]
