"""``westu``: what an operator does from the shell. Each command says what it did."""

import argparse
import csv
import json
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from backend import backup, identity, maps, service_requests, verifying
from backend.app import create_app
from backend.core.ledger import first_broken, seal
from backend.core.problems import ProblemError
from backend.layering import add_layers
from backend.migrating import migrate
from backend.pushing import add_push
from backend.seed import load_addresses, load_city, load_demo, load_demo_things, load_zones, told_people
from backend.settings import Settings, SettingsError
from backend.worker import in_transaction
from shared_models.identity import Role
from shared_models.problems import TYPES


def main(words: list[str] | None = None) -> int:
    """Run one command; gives the exit code: 1 if it can't be done, 2 if it was asked wrongly or has no database."""
    asked = parser().parse_args(words)
    if asked.command == "custody":  # for whoever holds a record, wherever: it needs no house
        return verifying.verify(asked)
    try:
        settings = Settings.from_env()
        refuse_odd_urls(settings)
        return do(settings, asked)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except OperationalError as error:
        print(f"The database can't be used: {str(error.orig).partition(chr(10))[0]}", file=sys.stderr)
        return 2
    except ProblemError as problem:
        print(in_words(problem), file=sys.stderr)
        return 1
    except backup.BackupError as error:
        print(error, file=sys.stderr)
        return 1


def refuse_odd_urls(settings: Settings) -> None:
    """Raise SettingsError for a URL that is none of PostgreSQL's; its words leave out the URL, for its password."""
    urls = {"DATABASE_URL": settings.database_url, "DATABASE_OWNER_URL": settings.database_owner_url}
    for name, url in urls.items():
        try:
            fits = make_url(url).drivername == "postgresql+psycopg"
        except (ArgumentError, ValueError):  # ValueError: a port that is no number
            fits = False
        if not fits:
            raise SettingsError(
                f"{name} is no URL of PostgreSQL: postgresql://user:password@host:port/database"
            )


def in_words(problem: ProblemError) -> str:
    """One line: what is wrong with each field, or else with the whole."""
    fields = [f"{error.pointer.strip('/?')}: {error.detail}" for error in problem.errors]
    return "; ".join(fields) or problem.detail or TYPES[problem.type][1]


def do(settings: Settings, asked: argparse.Namespace) -> int:
    """Do what was asked, with the application around it."""
    if asked.command in WITHOUT_APP:
        return WITHOUT_APP[asked.command](settings, asked)
    app = create_app(settings)
    try:
        with app.app_context():
            return int(asked.do(app, settings, asked) or 0)
    finally:
        app.extensions["westu"].database.close()


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    whole = argparse.ArgumentParser(prog="westu", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)

    migrating = commands.add_parser("migrate", help="bring the tables up to date, as the role that owns them")
    migrating.add_argument("--to", default="head")

    seeding = commands.add_parser("seed", help="take over a city pack; again brings it up to date")
    seeding.add_argument("--city", default="westu", help="a pack in backend/city, or a folder")
    seeding.add_argument("--demo", action="store_true", help="also make the people of the demo")
    seeding.set_defaults(do=seed)

    commands.add_parser("people", help="print the people of the demo and their passwords").set_defaults(
        do=people
    )

    granting = commands.add_parser(
        "grant", help="give a role to an account: how the first administrator is made"
    )
    granting.add_argument("email")
    granting.add_argument("role", choices=[role.value for role in Role if role is not Role.NEWER])
    granting.add_argument("--department")
    granting.set_defaults(do=grant)

    importing = commands.add_parser("import", help="take in history; the same file again changes nothing")
    things = importing.add_subparsers(dest="thing", required=True)
    requests = things.add_parser("requests", help="service requests from any city's CSV export")
    requests.add_argument("file", type=Path)
    requests.add_argument(
        "--columns",
        required=True,
        help=f"a column map: a TOML file, or one of {', '.join(sorted(column_maps()))}",
    )
    requests.add_argument(
        "--report", type=Path, help="where refused rows are listed (default: FILE.refused.csv, here)"
    )
    requests.set_defaults(do=import_requests)

    packing = commands.add_parser(
        "pack", help="write the phone's newest pack to a file: what the app ships with"
    )
    packing.add_argument("file", type=Path)
    packing.set_defaults(do=pack)

    backing = commands.add_parser(
        "backup", help="write database and photos to one new file; the house may run on"
    )
    backing.add_argument("file", type=Path)
    backing.add_argument("--despite-missing", action="store_true", help="also if files of photos are lost")

    restoring = commands.add_parser("restore", help="bring database and photos back, into an empty database")
    restoring.add_argument("file", type=Path)
    restoring.add_argument(
        "--verify", action="store_true", help="only try it, in a database that is dropped again"
    )
    restoring.add_argument(
        "--replace", action="store_true", help="also if the database is not empty; stop the house first"
    )

    loading = commands.add_parser("load", help="take over what is the city's own: its zones, its addresses")
    loading.add_argument("what", choices=sorted(LOADS))
    loading.add_argument(
        "file", type=Path, help="zones: GeoJSON (code, name_en, name_es); addresses: CSV (id, line, lat, lon)"
    )
    loading.set_defaults(do=load)

    add_layers(commands.add_parser("layers", help="take in layers of the map, and list them"))

    add_push(commands.add_parser("push", help="test, look at, resume and replay what is sent"))

    verifying.add_custody(commands.add_parser("custody", help="check custody records that were handed on"))

    commands.add_parser("openapi", help="print the OpenAPI document").set_defaults(do=openapi)
    commands.add_parser("verify", help="check the ledger's hash chain").set_defaults(do=verify)
    return whole


def bring_up_to_date(settings: Settings, asked: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    migrate(settings, asked.to)
    return 0


def back_up(settings: Settings, asked: argparse.Namespace) -> int:
    """Write a backup."""
    made = backup.make(settings, asked.file.absolute(), despite_missing=asked.despite_missing)
    print(f"Written to {asked.file}: {said_of(made)}. It holds personal data; only you can read it.")
    if made.missing:
        print(f"Without {len(made.missing):,} files of photos that the store did not have.", file=sys.stderr)
    return 0


def restore(settings: Settings, asked: argparse.Namespace) -> int:
    """Restore a backup, or only try it."""
    if asked.verify:
        tried = backup.verify(settings, asked.file.absolute())
        print(f"{asked.file} is sound: {said_of(tried)}. It was restored beside, checked and dropped.")
        return 0
    done = backup.restore(settings, asked.file.absolute(), replace=asked.replace)
    print(f"Restored: {said_of(done)}. Sessions and roles are those of that moment, too.")
    return 0


def said_of(manifest: backup.Manifest) -> str:
    """A backup in a few words."""
    return (
        f"{sum(manifest.rows.values()):,} rows and {len(manifest.files) - 1:,} files of photos, "
        f"as they were at {manifest.made_at}"
    )


WITHOUT_APP = {"migrate": bring_up_to_date, "backup": back_up, "restore": restore}
"""What needs no application, for its tables may not be there yet."""


def seed(_: Flask, settings: Settings, asked: argparse.Namespace) -> None:
    """Take over a city pack."""
    version = in_transaction(lambda: load_city(asked.city))
    print(f"City pack {asked.city} loaded; the phone's pack is {version}.")
    if asked.demo:
        in_transaction(lambda: load_demo(settings))
        in_transaction(load_demo_things)
        print("The people and the things of the demo are there.")


def pack(_: Flask, __: Settings, asked: argparse.Namespace) -> None:
    """Write the phone's pack."""
    asked.file.write_bytes(in_transaction(maps.newest_pack))
    print(f"Written to {asked.file}.")


def people(_: Flask, settings: Settings, __: argparse.Namespace) -> None:
    """Print the people of the demo."""
    print("\n".join(told_people(settings)))


def grant(_: Flask, __: Settings, asked: argparse.Namespace) -> int:
    """Give a role to an account."""
    done = in_transaction(lambda: identity.grant_by_email(asked.email, Role(asked.role), asked.department))
    print(
        "Done." if done else f"There is no account with the e-mail {asked.email}.",
        file=sys.stdout if done else sys.stderr,
    )
    return 0 if done else 1


def column_maps() -> dict[str, Path]:
    """The column maps that are at hand, by name."""
    return {file.stem: file for file in (Path(__file__).parent / "city/imports").glob("*.toml")}


def import_requests(_: Flask, __: Settings, asked: argparse.Namespace) -> int:
    """Take in a city's history of service requests."""
    columns = column_maps().get(asked.columns, Path(asked.columns))
    report: Path = asked.report or Path(f"{asked.file.stem}.refused.csv")
    if report.exists() and asked.file.exists() and report.samefile(asked.file):
        print("The report can't be written over the file itself.", file=sys.stderr)
        return 2
    progress = Progress()
    try:
        with report.open("w", encoding="utf-8", newline="") as lines:
            refused = csv.writer(lines)
            refused.writerow(("line", "column", "reason"))
            told = in_transaction(
                lambda: service_requests.import_file(
                    asked.file, columns, refuse=refused.writerow, progress=progress.show
                )
            )
    except (service_requests.ImportStopped, OSError) as error:
        progress.end()
        print(f"{error}\nNothing was taken.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.end()
        print("Stopped. Nothing was taken.", file=sys.stderr)
        return 130
    progress.end()
    print(f"Taken: {told.taken:,}. Changed: {told.changed:,}. There already: {told.same:,}.")
    if told.worked_on:
        print(f"Left alone, because staff have worked on them here: {told.worked_on:,}.")
    print(f"Refused: {told.refused.total():,}" + (f", listed in {report}:" if told.refused else "."))
    for (column, reason), count in told.refused.most_common():
        print(f"{count:>9,}  {column} {reason}" if column else f"{count:>9,}  {reason}")
    return 0


class Progress:
    """How far something has come: one line that moves on a terminal, a line for each tenth elsewhere."""

    WIDTH = 30

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.tenths = 0

    def show(self, done: int, whole: int, rows: int) -> None:
        """Tell of so many bytes of all, and so many rows."""
        part = done / whole if whole else 1.0
        if self.live:
            bar = ("#" * round(part * self.WIDTH)).ljust(self.WIDTH, ".")
            print(f"\r[{bar}] {part:4.0%} {rows:,} rows", end="", file=sys.stderr, flush=True)
        elif int(part * 10) > self.tenths:
            self.tenths = int(part * 10)
            print(f"{part:.0%} read, {rows:,} rows", file=sys.stderr)

    def end(self) -> None:
        """Leave the line."""
        if self.live:
            print(file=sys.stderr)


LOADS = {"zones": load_zones, "addresses": load_addresses}


def load(_: Flask, __: Settings, asked: argparse.Namespace) -> int:
    """Take over zones or addresses."""
    try:
        count = in_transaction(lambda: LOADS[asked.what](asked.file))
    except (OSError, ValueError) as error:
        print(f"{asked.file}: {error}. Nothing was taken.", file=sys.stderr)
        return 1
    print(f"{count:,} {asked.what} taken, in place of those before.")
    return 0


def openapi(app: Flask, _: Settings, __: argparse.Namespace) -> None:
    """Print the OpenAPI document."""
    with app.test_client() as client:
        print(
            json.dumps(client.get("/openapi.json").get_json(), indent=1, sort_keys=True, ensure_ascii=False)
        )


def verify(_: Flask, __: Settings, ___: argparse.Namespace) -> int:
    """Seal what is not sealed yet, and check the whole chain."""
    while in_transaction(seal):
        pass
    broken = in_transaction(first_broken)
    print(
        "The ledger's chain is sound." if broken is None else f"The ledger's chain breaks at link {broken}."
    )
    return 0 if broken is None else 1


if __name__ == "__main__":
    sys.exit(main())
