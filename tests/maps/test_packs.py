"""Packs: layers in them, parts of them, PMTiles of the same tiles, and what changed since the one that a phone has."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from pmtiles.reader import MemorySource, Reader
from sqlalchemy import delete, update

from backend.core.actor import db
from backend.maps import gazetteer, packs
from backend.maps.tables import FeatureRow, LayerRow, PackRow
from backend.worker import in_transaction
from mobile.core import mvt, packdelta
from mobile.core.pack import Pack, tile_position
from mobile.widgets.vector import build_tile
from shared_models.layers import LayerStyle, Part, Whom
from shared_models.packs import version_of
from tests.cast import Caller, problem
from tests.maps.layers import FIELDS, POINTS, a_layer, point
from tests.phones import PhoneSim

DOCUMENTS = {"city": b'{"name": "West University Place"}', "request_types": b"{}"}
LON, LAT = POINTS[0]


@pytest.fixture
def kept(app):
    """Whatever a test makes of packs goes with it: the city's own stays the newest."""
    before = in_transaction(lambda: [(p.version, p.made_at, p.body) for p in db().query(PackRow)])
    yield

    def back():
        db().execute(delete(PackRow))
        db().add_all(PackRow(version=version, made_at=at, body=body) for version, at, body in before)

    in_transaction(back)


@pytest.fixture
def hydrants(kept):
    """A public layer that the map shows, in a pack: (its id, the features' numbers, the pack's version)."""
    layer, made = a_layer(style=LayerStyle.Schema().dump(LayerStyle(from_zoom=14.0)), attribution="PDDL")
    a_layer("hidden", on=False)
    a_layer("valves", seen_by=Whom.STAFF)
    return layer, made, in_transaction(lambda: packs.make_pack(DOCUMENTS))


def fetched(caller, tmp_path, name="pack"):
    """The newest pack, as a file."""
    file = tmp_path / name
    file.write_bytes(caller.get("/v1/maps/pack").data)
    return file


def dumped(file):
    """All that an SQLite file holds, as text."""
    with closing(sqlite3.connect(file)) as opened:
        return list(opened.iterdump())


def edit(layer, made):
    """Change one feature, take one away, put one in, as an edit does."""

    def change():
        edition = db().get_one(LayerRow, layer).edition_id
        db().execute(update(FeatureRow).where(FeatureRow.id == made[0]).values(props={"label": "New"}))
        db().execute(delete(FeatureRow).where(FeatureRow.id == made[1]))
        db().execute(update(LayerRow).where(LayerRow.id == layer).values(version=LayerRow.version + 1))
        return edition

    in_transaction(change)


# ── what is in them ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_pack_holds_the_public_layers_that_are_on_with_all_that_is_needed_to_show_them(
    hydrants, nobody, tmp_path
):
    _, made, version = hydrants
    file = fetched(nobody, tmp_path)
    with closing(sqlite3.connect(file)) as opened:
        assert version_of(opened) == version
        opened.row_factory = sqlite3.Row
        [layer] = opened.execute("SELECT * FROM layer").fetchall()
    assert (layer["name"], layer["title_en"], layer["geometry"], layer["on"]) == (
        "hydrants",
        "Hydrants",
        "point",
        1,
    )
    assert [field["name"] for field in json.loads(layer["fields"])] == ["label", "flow"]
    assert json.loads(layer["style"])["from_zoom"] == 14.0
    with Pack.open(file) as pack:
        assert "PDDL" in pack.attribution
        at = {z: tuple(map(int, tile_position(LAT, LON, z))) for z in range(12, 17)}
        found = {z: mvt.decode(pack.tile(z, *at[z]) or b"") for z in at}
        art = build_tile(pack.tile(16, *at[16]), _tile(16, *at[16]), (0.0, 0.0))
    assert [z for z in at if "hydrants" in found[z]] == [14, 15, 16]
    assert {each.id for each in found[16]["hydrants"].features} == set(made[:4])
    assert found[14]["hydrants"].features[0].properties == {"label": "H-1"}
    assert found[16]["hydrants"].features[0].properties == {"label": "H-1", "flow": 100}
    assert art.streets, "a phone that knows no layers draws its streets as before"


def _tile(z, x, y):
    from mobile.widgets.projection import Tile

    return Tile(z, x, y)


def test_the_same_city_makes_the_same_pack_and_the_worker_makes_another_only_when_a_layer_changed(
    hydrants, nobody
):
    layer, made, version = hydrants
    assert in_transaction(lambda: packs.make_pack(DOCUMENTS)) == version
    assert in_transaction(packs.renew) is None
    edit(layer, made)
    fresh = in_transaction(packs.renew)
    assert fresh not in {None, version}
    assert nobody.get("/v1/maps/pack").headers["ETag"].strip('"') == fresh
    with packs.opened(nobody.get("/v1/maps/pack").data) as pack:
        assert dict(pack.execute("SELECT name, body FROM document").fetchall()) == DOCUMENTS


def test_a_layer_that_is_searched_and_not_drawn_is_in_the_next_pack(hydrants, nobody):
    house_numbers = [point(*POINTS[0], label="12 Elm St")]
    id_, _ = a_layer(
        "addresses", house_numbers, FIELDS, on=False, part=Part.ADDRESSES, part_fields={"line": "label"}
    )
    in_transaction(lambda: gazetteer.refresh(db().get_one(LayerRow, id_)))
    assert in_transaction(packs.renew) is not None
    with packs.opened(nobody.get("/v1/maps/pack").data) as pack:
        assert pack.execute("SELECT text FROM address").fetchall() == [("12",)]
    assert in_transaction(packs.renew) is None


def test_browsers_have_the_same_tiles_as_pmtiles(hydrants, nobody, tmp_path):
    body = nobody.get("/v1/maps/pack.pmtiles").data
    reader = Reader(MemorySource(body))
    header = reader.header()
    with closing(sqlite3.connect(fetched(nobody, tmp_path))) as opened:
        rows = opened.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles").fetchall()
    assert len(rows) == header["addressed_tiles_count"] > 50
    for z, x, y, data in rows:
        assert reader.get(z, x, 2**z - 1 - y) == data
    assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (12, 16, True)
    assert header["min_lon_e7"] < LON * 1e7 < header["max_lon_e7"]
    assert {layer["id"] for layer in reader.metadata()["vector_layers"]} == {
        "city",
        "street",
        "place",
        "hydrants",
    }
    assert mvt.decode(gzip.decompress(rows[0][3]))


@pytest.mark.parametrize("path", ["/v1/maps/pack", "/v1/maps/pack.pmtiles"])
def test_a_part_is_given_of_a_pack_and_nothing_to_whoever_has_it(nobody, path):
    whole = nobody.get(path)
    tag = whole.headers["ETag"]
    part = nobody.get(path, headers={"Range": "bytes=0-126"})
    rest = nobody.get(path, headers={"Range": "bytes=-100", "If-Range": tag})
    other = nobody.get(path, headers={"Range": "bytes=0-126", "If-Range": '"another"'})

    assert (part.status_code, part.data) == (206, whole.data[:127])
    assert part.headers["Content-Range"] == f"bytes 0-126/{len(whole.data)}"
    assert (rest.status_code, rest.data) == (206, whole.data[-100:])
    assert (other.status_code, other.data) == (200, whole.data)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert nobody.get(path, headers={"Range": f"bytes={len(whole.data)}-"}).status_code == 416
    for odd in ("bytes=0-0,5-9", "bytes=a-b", "rows=1-2", "bytes="):
        all_of_it = nobody.get(path, headers={"Range": odd})
        assert (all_of_it.status_code, all_of_it.data) == (200, whole.data)
    again = nobody.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


# ── what changed ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def changed(hydrants, nobody, tmp_path):
    """A pack on a phone, and a newer one on the server: (the file, its version, the newer one's)."""
    layer, made, version = hydrants
    file = fetched(nobody, tmp_path)
    edit(layer, made)
    a_layer("benches", [point(*POINTS[2], label="B-1")])
    return file, version, in_transaction(lambda: packs.make_pack(DOCUMENTS | {"extra": b"{}"}))


def changes(caller, since):
    return caller.get("/v1/maps/pack/changes", query_string={"since": since})


def test_what_changed_makes_the_old_pack_the_new_one_and_is_small(changed, nobody, tmp_path):
    file, version, fresh = changed
    patch = changes(nobody, version)
    assert patch.status_code == 200
    assert len(patch.data) < len(nobody.get("/v1/maps/pack").data) / 2

    assert packdelta.apply(file, patch.data) == fresh
    assert dumped(file) == dumped(fetched(nobody, tmp_path, "fresh"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "pack"]
    with Pack.open(file) as pack:
        assert pack.version == fresh
        assert pack.document("extra") == b"{}"
    tag = patch.headers["ETag"]
    assert (
        nobody.get(f"/v1/maps/pack/changes?since={version}", headers={"If-None-Match": tag}).status_code
        == 304
    )
    assert changes(nobody, fresh).status_code == 204


def test_of_a_pack_that_is_not_kept_any_more_no_changes_are_told(changed, nobody):
    problem(changes(nobody, "0123456789abcdef"), 404, "not-found")
    problem(changes(nobody, "../../etc/passwd"), 422, "invalid")
    problem(nobody.get("/v1/maps/pack/changes"), 422, "invalid")


def test_a_broken_patch_leaves_the_pack_as_it_was(changed, nobody, tmp_path):
    file, version, _ = changed
    patch, before = changes(nobody, version).data, file.read_bytes()
    other = tmp_path / "other"
    with closing(sqlite3.connect(other)) as opened:
        opened.deserialize(patch)
        opened.execute("DELETE FROM put_tiles WHERE rowid = 1")
        opened.commit()
        wrong = opened.serialize()
        opened.execute("DROP TABLE put_tiles")
        opened.commit()
        less = opened.serialize()
    for broken in (b"", b"<html>", patch[: len(patch) // 2], wrong, less):
        with pytest.raises(packdelta.BrokenPatchError):
            packdelta.apply(file, broken)
        assert file.read_bytes() == before
    assert packdelta.apply(file, patch)


KILLED = """
import os, sys
from pathlib import Path
left = int(sys.argv[3])
def hook(event, _):
    global left
    if event in {"open", "sqlite3.connect", "os.rename", "os.remove", "shutil.copyfile"}:
        left -= 1
        if left < 0:
            os._exit(9)
from mobile.core import packdelta
patch = Path(sys.argv[2]).read_bytes()
sys.addaudithook(hook)
packdelta.apply(Path(sys.argv[1]), patch)
"""
"""Applies a patch, and is killed before its so many-th step on files."""


def test_a_phone_that_is_killed_while_it_applies_a_patch_has_the_old_pack_or_the_new_one(
    changed, nobody, tmp_path
):
    file, version, fresh = changed
    patch = tmp_path / "sent"
    patch.write_bytes(changes(nobody, version).data)
    old = file.read_bytes()
    seen = []
    for step in range(20):
        file.write_bytes(old)
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, file, patch, str(step)], env=os.environ, check=False
        )
        with Pack.open(file) as pack:
            seen.append(pack.version)
        if ended.returncode == 0:
            break
        assert ended.returncode == 9
        assert packdelta.apply(file, patch.read_bytes()) == fresh if seen[-1] == version else True
    assert set(seen[:4]) == {version}
    assert seen[-1] == fresh
    assert len(seen) > 6


def test_the_phone_fetches_what_changed_and_the_whole_only_where_it_must(changed, app, tmp_path):
    file, version, fresh = changed
    whole = dumped(fetched(Caller(app), tmp_path, "fresh"))

    def asked(etag):
        """Which addresses of packs a phone asks that has this file, and says that it is of this version."""
        phone = PhoneSim(app, tmp_path / f"phone{etag}")
        phone.sync.pack_file = file
        phone.store.set_document("pack", f'"{etag}"', b"")
        phone.sync.fetch_public()
        assert phone.store.document("pack")[0] == f'"{fresh}"'
        assert dumped(file) == whole
        return [path.removeprefix("/v1/maps/") for _, path, _ in phone.air.calls if "/pack" in path]

    old = file.read_bytes()
    assert asked(version) == ["pack/changes"]
    assert asked(fresh) == ["pack/changes"]
    file.write_bytes(old)
    assert asked("0123456789abcdef") == ["pack/changes", "pack"], "too old"
    file.write_bytes(old[:-4096])
    assert asked(version) == ["pack/changes", "pack"], "broken here"
    file.unlink()
    assert asked(version) == ["pack"]
