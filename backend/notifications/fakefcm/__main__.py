"""`python -m backend.notifications.fakefcm --folder DIR [--port N]`: serve until SIGTERM or SIGINT."""

import argparse
import signal
import sys
from pathlib import Path

from .server import FakeFcmServer
from .service import FakeFcm


def main(arguments: list[str] | None = None) -> int:
    """Serve the fake; `DIR/service-account.json` and `DIR/env.json` stand once it listens."""
    parser = argparse.ArgumentParser(prog="fakefcm", description="A local stand-in for Google's FCM.")
    parser.add_argument("--folder", type=Path, required=True, help="where its files are kept")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; a free one if not given")
    parser.add_argument("--project", default="demo-city", help="the Firebase project that it plays")
    wanted = parser.parse_args(arguments)
    wanted.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = wanted.folder.resolve()
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # before any thread: all of them inherit it
    with FakeFcmServer(FakeFcm(wanted.project, folder), folder, wanted.port) as server:
        sys.stdout.write(f"fake FCM on {server.url}\n")
        sys.stdout.flush()
        signal.sigwait(stops)
    return 0


if __name__ == "__main__":
    sys.exit(main())
