"""``.venv/bin/westu``: the commands of ``backend.cli`` with what ``make run`` tells its programs.

They work on the database of this clone's run, while that runs, or on the one of DATABASE_URL. It runs in ``.venv``.
"""

import os
import sys

from backend import cli
from backend.core.cluster import Cluster, ClusterError
from backend.run import VAR
from backend.run.house import Address, environment, stand_in
from backend.run.terminal import Failure


def main() -> int:
    """Run one command; gives the exit code, 2 if there is no database to run it on."""
    cli.parser().parse_args()  # asking for help, or wrongly, needs no database
    try:
        cluster = None if os.environ.get("DATABASE_URL") else _running_cluster()
        os.environ.update(environment(Address.from_env(), cluster) | stand_in())
    except (Failure, ClusterError) as failure:
        return _refuse(str(failure))
    except PermissionError as error:
        return _refuse(f"{error.filename} belongs to another user. Run as that user.")
    return cli.main()


def _running_cluster() -> Cluster:
    """The private cluster as `make run` has started it. We start none: it would be in a starting run's way."""
    cluster = Cluster(VAR / "pg")
    if not cluster.running():
        raise Failure(
            "The database of this clone does not run: start `make run` first, or set DATABASE_URL.", 2
        )
    return cluster


def _refuse(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
