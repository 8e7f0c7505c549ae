"""``python -m tests.journey --server URL --shots FOLDER``: play the journey against a running server."""

import argparse
import os
import sys
import tempfile
from pathlib import Path


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--server", required=True)
    asked.add_argument("--shots", type=Path, required=True)
    asked.add_argument(
        "--people", type=Path, default=Path("var/people.txt"), help="what `westu people` prints"
    )
    asked.add_argument("--look", choices=["light", "dark"], default="light")
    asked = asked.parse_args()

    from tests.robot import choose_window

    choose_window()
    import httpx

    from mobile.core.device.push import FakeFcmPush, NoPush
    from tests.journey.play import play
    from tests.journey.stage import Stage

    class Tunnel(httpx.HTTPTransport):
        """The real network, with a tunnel in it."""

        open = True

        def handle_request(self, request):
            if not self.open:
                raise httpx.ConnectError("in the tunnel")
            return super().handle_request(request)

    fake = os.environ.get("FAKE_FCM_URL", "")
    lines = [line.split() for line in asked.people.read_text().splitlines() if "@" in line]
    with tempfile.TemporaryDirectory() as folder:
        taken = play(
            Stage(
                look=asked.look,
                server=asked.server,
                folder=Path(folder),
                shots=asked.shots,
                air=Tunnel,
                passwords={words[0]: words[1] for words in lines},
                push=lambda home: FakeFcmPush(fake, home / "push") if fake else NoPush(),
            )
        )
    print(f"The journey is played; {len(taken)} pictures in {asked.shots}.")


if __name__ == "__main__":
    sys.exit(main())
