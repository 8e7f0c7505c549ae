"""Vector tiles over HTTP: OGC API Tiles, and x before y as everybody else has them."""

import gzip
import math

import pytest
from sqlalchemy import select, update

from backend.core.actor import db
from backend.maps import mvt as mvt_sql
from backend.maps.tables import FeatureRow, LayerRow
from backend.worker import in_transaction
from mobile.core import mvt
from shared_models.layers import Geometry, Whom
from tests.cast import Caller, problem
from tests.maps.layers import POINTS, a_layer, feature, point

QUAD = "WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
Z = 16


def number_of(lat, lon, z=Z):
    """(row, column), by the formula of the slippy map: another way than the server's."""
    n = 2**z
    return (
        math.floor(
            n * (1 - math.log(math.tan(math.radians(lat)) + 1 / math.cos(math.radians(lat))) / math.pi) / 2
        ),
        math.floor(n * (lon + 180) / 360),
    )


ROW, COLUMN = number_of(POINTS[0][1], POINTS[0][0])
HERE = f"{Z}/{ROW}/{COLUMN}"


def tile_of(caller, name="hydrants", at=HERE, **query):
    """The features of a layer in a tile, by their number."""
    answer = caller.get(f"/ogc/collections/{name}/tiles/{QUAD}/{at}", query_string=query)
    assert answer.status_code in {200, 204}, answer.get_json()
    return {each.id: each for each in mvt.decode(answer.data)[name].features} if answer.data else {}


@pytest.fixture
def hydrants(app):
    """A public layer of five points: (its id, the features' numbers)."""
    return a_layer()


# ── what is said of them ─────────────────────────────────────────────────────────────────────────────────────


def links(document):
    return {link["rel"]: link for link in document["links"]}


@pytest.mark.parametrize("base", ["/ogc/collections/hydrants/tiles", "/ogc/tiles"])
def test_each_sort_of_tiles_says_how_it_is_cut_and_where_a_tile_is(hydrants, nobody, base):
    [said] = nobody.get(base).get_json()["tilesets"]
    whole = nobody.get(links(said)["self"]["href"]).get_json()
    item = links(whole)["item"]
    scheme = links(whole)["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"]
    filled = item["href"].format(tileMatrix=Z, tileRow=ROW, tileCol=COLUMN)

    assert (said["dataType"], said["crs"]) == ("vector", "http://www.opengis.net/def/crs/EPSG/0/3857")
    assert said["tileMatrixSetURI"].endswith(f"/def/tilematrixset/OGC/1.0/{QUAD}")
    assert {"self", "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"} <= links(said).keys()
    assert (item["templated"], item["type"]) == (True, MVT)
    assert nobody.get(scheme["href"]).get_json()["id"] == QUAD
    assert nobody.get(filled).mimetype == MVT
    assert "hydrants" in {layer["id"] for layer in whole["layers"]}


def test_the_limits_of_a_layers_tiles_hold_all_of_it_and_little_else(hydrants, nobody):
    limits = nobody.get(f"/ogc/collections/hydrants/tiles/{QUAD}").get_json()["tileMatrixSetLimits"]
    at = {int(each["tileMatrix"]): each for each in limits}

    spots = [number_of(lat, lon) for lon, lat in POINTS]
    assert (at[Z]["minTileRow"], at[Z]["maxTileRow"]) == (min(spots)[0], max(spots)[0])
    assert (at[Z]["minTileCol"], at[Z]["maxTileCol"]) == (min(spots)[1], max(spots)[1])
    assert at[0] == {"tileMatrix": "0", "minTileRow": 0, "maxTileRow": 0, "minTileCol": 0, "maxTileCol": 0}


def test_the_world_is_cut_as_the_standard_says(app, nobody):
    [told] = nobody.get("/ogc/tileMatrixSets").get_json()["tileMatrixSets"]
    quad = nobody.get(links(told)["self"]["href"]).get_json()
    first, last = quad["tileMatrices"][0], quad["tileMatrices"][18]

    # The numbers of OGC 17-083r4, Table D.1.
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert last["scaleDenominator"] == pytest.approx(2132.72958384978, rel=1e-9)
    assert first["cellSize"] == pytest.approx(156543.033928041, rel=1e-9)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert (last["matrixWidth"], last["tileWidth"], last["id"]) == (2**18, 256, "18")


def test_tilejson_of_a_layer_and_of_the_map_leads_to_the_same_tile_by_x_and_y(hydrants, nobody):
    by_row = nobody.get(f"/ogc/collections/hydrants/tiles/{QUAD}/{HERE}").data
    for path in ("/v1/maps/tiles/hydrants", "/v1/maps/tiles/", "/v1/maps/tiles/?collections=hydrants"):
        told = nobody.get(path).get_json()
        [template] = told["tiles"]
        [layer] = told["vector_layers"]
        west, south, east, north = told["bounds"]

        assert (told["tilejson"], layer["id"], layer["fields"]) == ("3.0.0", "hydrants", {"label": "String"})
        assert 0 <= told["minzoom"] <= told["maxzoom"]
        assert west <= POINTS[0][0] < POINTS[-1][0] <= east
        assert south <= POINTS[0][1] <= north
        assert nobody.get(template.format(z=Z, x=COLUMN, y=ROW)).data == by_row
    problem(nobody.get("/v1/maps/tiles/nothing"), 404, "not-found")


def test_whoever_looks_for_tiles_finds_them_from_the_landing_page_and_from_each_collection(hydrants, nobody):
    rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
    for path, base in (
        ("/ogc/", "/ogc/tiles"),
        ("/ogc/collections/hydrants", "/ogc/collections/hydrants/tiles"),
    ):
        assert links(nobody.get(path).get_json())[rel]["href"].endswith(base)
    for path in ("/ogc/tiles", "/ogc/collections/hydrants/tiles", "/v1/maps/tiles/hydrants"):
        lied = nobody.get(path, headers={"Host": "evil.example"}).get_data(as_text=True)
        assert "evil.example" not in lied, "a cache in front would hand it to others"
        assert "http://127.0.0.1:8000/" in lied
    problem(nobody.get("/ogc/tiles?zzz=1"), 400, "malformed")
    claimed = nobody.get("/ogc/conformance").get_json()["conformsTo"]
    tiles_1 = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
    assert {each.removeprefix(tiles_1) for each in claimed if each.startswith(tiles_1)} == {
        "core", "tileset", "tilesets-list", "geodata-tilesets", "dataset-tilesets", "collections-selection", "mvt",
        "oas30",
    }  # fmt: skip


# ── tiles ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_row_stands_before_column_under_ogc_and_x_before_y_elsewhere(hydrants, nobody):
    """The tile lies far off the diagonal, so one order is not the other."""
    _, made = hydrants
    swapped = f"{Z}/{COLUMN}/{ROW}"

    assert set(tile_of(nobody)) == set(made[:4])
    assert tile_of(nobody, at=swapped) == {}
    assert nobody.get(f"/v1/maps/tiles/hydrants/{swapped}").data
    assert nobody.get(f"/v1/maps/tiles/hydrants/{HERE}").status_code == 204


@pytest.mark.parametrize("where", ["23/0/0", "3/8/0", "3/0/8", "0/1/0", "3/-1/0", "x/0/0", "99999999999/0/0"])
def test_a_tile_beyond_the_map_is_nothing_and_one_without_features_is_empty(hydrants, nobody, where):
    for base in (f"/ogc/collections/hydrants/tiles/{QUAD}", f"/ogc/tiles/{QUAD}", "/v1/maps/tiles/hydrants"):
        problem(nobody.get(f"{base}/{where}"), 404, "not-found")
    empty = nobody.get(f"/ogc/collections/hydrants/tiles/{QUAD}/3/0/0")
    assert (empty.status_code, empty.data) == (204, b"")
    problem(nobody.get(f"/ogc/collections/hydrants/tiles/WorldCRS84Quad/{HERE}"), 404, "not-found")
    problem(nobody.get(f"/ogc/collections/nothing/tiles/{QUAD}/{HERE}"), 404, "not-found")


def test_at_each_zoom_a_feature_lies_where_it_is(hydrants, nobody):
    _, made = hydrants
    lon, lat = POINTS[2]
    for z in range(23):
        row, column = number_of(lat, lon, z)
        [[(x, y)]] = tile_of(nobody, at=f"{z}/{row}/{column}")[made[2]].paths
        side = 2 * math.pi * 6378137 / 2**z
        assert (column + x / 4096) * side - math.pi * 6378137 == pytest.approx(
            math.radians(lon) * 6378137, abs=side / 4096
        )
        north = math.asinh(math.tan(math.radians(lat))) * 6378137
        assert math.pi * 6378137 - (row + y / 4096) * side == pytest.approx(north, abs=side / 4096)


def test_a_tile_tells_what_the_map_draws_by_and_more_when_asked(hydrants, nobody):
    _, [first, *_] = hydrants
    assert tile_of(nobody)[first].properties == {"label": "H-1"}
    assert tile_of(nobody, properties="flow")[first].properties == {"flow": 100}
    assert tile_of(nobody, properties="*")[first].properties == {"label": "H-1", "flow": 100}
    assert tile_of(nobody, properties="")[first].properties == {}


@pytest.mark.parametrize(
    "query", ["properties=flow,colour", "collections=hydrants", "limit=1", "properties=" + "a" * 5000]
)
def test_a_parameter_that_is_none_is_a_bad_request(hydrants, nobody, query):
    problem(nobody.get(f"/ogc/collections/hydrants/tiles/{QUAD}/{HERE}?{query}"), 400, "malformed")


def test_fields_of_every_kind_are_told_as_what_they_are(app, nobody):
    kinds = {"a": "text", "b": "number", "c": "integer", "d": "boolean", "e": "date", "f": "instant"}
    props = {"a": "é", "b": 1.5, "c": -7, "d": True, "e": "2026-05-01", "f": "2026-05-01T10:00:00Z"}
    _, [one, bare] = a_layer(
        "kinds",
        [point(*POINTS[0], **props), point(*POINTS[1])],
        [{"name": name, "kind": kind} for name, kind in kinds.items()],
        title_field="",
    )

    found = tile_of(nobody, "kinds", properties="*")
    assert (found[one].properties, found[bare].properties) == (props, {})


def test_all_fields_of_a_feature_are_told_to_the_last_digit_and_what_is_nothing_is_not(app, nobody):
    kinds = {"a": "text", "b": "number", "c": "integer", "d": "boolean"}
    told = [
        {"a": "", "b": 1e-9, "c": 2**53 + 1, "d": False},
        {"a": "null", "b": 5.00000001, "c": -(2**53) - 1, "d": True},
        {"a": "1.0", "b": -0.1234567890123, "c": 0},
        {"a": 'ñ"\\', "b": 1e300},
        {"b": 3.0, "c": 3},
    ]
    fields = [{"name": name, "kind": kind} for name, kind in kinds.items()]
    _, made = a_layer(
        "digits",
        [point(*place, **dict.fromkeys(kinds) | props) for place, props in zip(POINTS, told, strict=True)],
        fields,
        title_field="",
    )

    row, column = number_of(POINTS[0][1], POINTS[0][0], 13)
    for asked in ("*", "b,a,d,c"):
        found = tile_of(nobody, "digits", at=f"13/{row}/{column}", properties=asked)
        assert [found[id_].properties for id_ in made] == told
    some = tile_of(nobody, "digits", at=f"13/{row}/{column}", properties="b,c")
    assert [some[id_].properties["b"] for id_ in made] == [each["b"] for each in told]


def test_a_field_that_came_later_is_told_to_whom_asks_for_it(app, nobody):
    def fields(*names):
        return [{"name": name, "kind": "text"} for name in names]

    layer, _ = a_layer("rooms", [point(*POINTS[0], label="A")], fields("label"))
    a_layer("later", [point(*POINTS[0], label="A", secret="S")], fields("label", "secret"))
    assert [each.properties for each in tile_of(nobody, "rooms").values()] == [{"label": "A"}]

    def load_anew():
        edition = db().scalar(select(LayerRow.edition_id).where(LayerRow.name == "later"))
        same = update(LayerRow).where(LayerRow.id == layer)
        db().execute(
            same.values(edition_id=edition, fields=fields("label", "secret"), version=LayerRow.version + 1)
        )

    in_transaction(load_anew)
    for query in ({}, {"properties": "label"}):
        assert [each.properties for each in tile_of(nobody, "rooms", **query).values()] == [{"label": "A"}]
    [all_] = tile_of(nobody, "rooms", properties="*").values()
    assert all_.properties == {"label": "A", "secret": "S"}


def test_the_map_in_one_tile_holds_the_layers_that_are_asked_for_in_that_order(hydrants, nobody):
    a_layer("valves", [point(*POINTS[0], label="V-1")], on=False)
    base = f"/ogc/tiles/{QUAD}/{HERE}"

    assert list(mvt.decode(nobody.get(f"{base}?collections=valves,hydrants").data)) == ["valves", "hydrants"]
    assert list(mvt.decode(nobody.get(f"{base}?collections=hydrants,valves").data)) == ["hydrants", "valves"]
    assert list(mvt.decode(nobody.get(base).data)) == ["hydrants"], "the layers that are on"
    problem(nobody.get(f"{base}?collections=hydrants,nothing"), 400, "malformed")
    problem(nobody.get(f"{base}?layers=hydrants"), 400, "malformed")


def test_what_has_no_place_or_reaches_over_the_pole_spoils_no_tile(app, nobody):
    cap = {
        "type": "Polygon",
        "coordinates": [[[-180, -90], [180, -90], [180, -60], [-180, -60], [-180, -90]]],
    }
    pole = {"type": "Point", "coordinates": [0, 90]}
    _, [_, antarctica, _] = a_layer(
        "odd", [feature(label="nowhere"), feature(cap, label="ice"), feature(pole, label="pole")]
    )
    assert set(tile_of(nobody, "odd", at="0/0/0")) == {antarctica}
    assert set(tile_of(nobody, "odd", at="2/3/1")) == {antarctica}


# ── who sees what, and what is kept ──────────────────────────────────────────────────────────────────────────


def test_a_tile_is_for_whom_its_layer_is_and_only_public_ones_may_be_kept_by_others(hydrants, make, nobody):
    a_layer("valves", seen_by=Whom.STAFF)
    a_layer("standpipes", seen_by=Whom.DEPARTMENT, department="fire")
    crew = make.person("crew", role="crew", department="fire")
    police, resident = make.person("police", role="crew", department="police"), make.person("resident")
    both = f"/ogc/tiles/{QUAD}/{HERE}?collections=hydrants,valves"

    for caller, seen in ((nobody, 1), (resident, 1), (police, 2), (crew, 3)):
        for number, name in enumerate(("hydrants", "valves", "standpipes")):
            answer = caller.get(f"/ogc/collections/{name}/tiles/{QUAD}/{HERE}")
            assert answer.status_code == (200 if number < seen else 404)
            if number < seen:
                assert answer.headers["Cache-Control"].startswith("private" if number else "public")
            for path in (f"/v1/maps/tiles/{name}", f"/ogc/collections/{name}/tiles"):
                assert caller.get(path).status_code == (200 if number < seen else 404)
        listed = mvt.decode(caller.get(f"/ogc/tiles/{QUAD}/{HERE}").data)
        assert list(listed) == sorted(["hydrants", "valves", "standpipes"][:seen])
        whole = caller.get(both)
        assert whole.status_code == (200 if seen > 1 else 400)
    assert crew.get(both).headers["Cache-Control"].startswith("private")
    problem(Caller(nobody.app, token="a.b.c").get(f"/ogc/tiles/{QUAD}/{HERE}"), 401, "sign-in")


def test_whoever_has_a_tile_is_told_so_until_something_in_the_layer_changes(hydrants, nobody):
    layer, made = hydrants
    path = f"/ogc/collections/hydrants/tiles/{QUAD}/{HERE}"
    first = nobody.get(path)
    seen = {"If-None-Match": first.headers["ETag"]}
    again = nobody.get(path, headers=seen)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert nobody.get(path, query_string={"properties": "*"}, headers=seen).status_code == 200

    def edit():
        db().execute(update(FeatureRow).where(FeatureRow.id == made[0]).values(props={"label": "New"}))
        db().execute(update(LayerRow).where(LayerRow.id == layer).values(version=LayerRow.version + 1))

    in_transaction(edit)
    fresh = nobody.get(path, headers=seen)
    assert fresh.status_code == 200
    assert tile_of(nobody)[made[0]].properties == {"label": "New"}


def test_a_layer_that_is_of_other_shapes_from_now_on_is_drawn_as_those_and_from_its_other_edition(
    app, nobody
):
    """The SQL of a tile is kept: it must not be that of the points that the layer held before."""
    lon, lat = POINTS[0]
    ring = [[lon, lat], [lon + 0.0004, lat], [lon, lat + 0.0004], [lon, lat]]
    lot = feature({"type": "Polygon", "coordinates": [ring]}, label="A lot", flow=1)
    layer, (old, *_) = a_layer("ground")
    _, (area, spot) = a_layer("new-ground", [lot, point(lon, lat, label="A spot", flow=2)])
    assert tile_of(nobody, "ground", properties="*")[old].kind == mvt.POINT

    def load_anew():
        edition = db().scalar(select(LayerRow.edition_id).where(LayerRow.name == "new-ground"))
        changed = {"geometry": Geometry.AREA, "edition_id": edition, "version": LayerRow.version + 1}
        db().execute(update(LayerRow).where(LayerRow.id == layer).values(**changed))

    in_transaction(load_anew)

    found = tile_of(nobody, "ground", properties="*")
    assert {id_: each.kind for id_, each in found.items()} == {area: mvt.POLYGON}
    items = nobody.get("/ogc/collections/ground/items").get_json()["features"]
    assert [each["id"] for each in items] == [area, spot]
    assert nobody.get(f"/ogc/collections/ground/items/{old}").status_code == 404
    assert nobody.get(f"/ogc/collections/ground/items/{spot}").get_json()["properties"]["flow"] == 2


def test_a_tile_that_is_asked_for_again_is_made_once_and_packed_for_whom_can_unpack_it(
    app, nobody, monkeypatch
):
    spots = [point(-95.431 + n / 1e5, 29.716, label=f"Number {n}") for n in range(200)]
    layer, _ = a_layer("many", spots)
    path = f"/ogc/collections/many/tiles/{QUAD}/{HERE}"
    first = nobody.get(path, headers={"Accept-Encoding": "gzip"})

    def gone():  # without the version being raised: whoever still sees them is given what was kept
        db().execute(update(LayerRow).where(LayerRow.id == layer).values(edition_id=None))

    in_transaction(gone)
    packed = nobody.get(path, headers={"Accept-Encoding": "gzip"})
    plain = nobody.get(path)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == first.data == plain.data
    assert "Content-Encoding" not in plain.headers
    assert {"Accept-Encoding", "Authorization"} <= set(plain.vary)
    assert len(packed.data) < len(plain.data)


def test_a_query_that_says_nothing_is_the_same_whatever_was_said_before(hydrants, nobody):
    first = nobody.get("/v1/maps/tiles/").get_json()
    chosen = nobody.get("/v1/maps/tiles/?collections=hydrants").get_json()
    assert chosen["tiles"][0].endswith("?collections=hydrants")
    problem(nobody.get("/v1/maps/tiles/?collection=hydrants"), 422, "invalid")
    assert nobody.get("/v1/maps/tiles/").get_json() == nobody.get("/v1/maps/tiles/?").get_json() == first


def test_a_tile_is_stretched_over_degrees_only_where_nothing_in_it_moves_by_a_sixth_of_a_unit():
    for z in range(23):
        for lat in (0.0001, -0.0001, 29.72, -45, 66, 84.9):
            where = mvt_sql.at(lat, -95.43, z)
            _, south, _, north = mvt_sql.degrees(where.box())
            for part in range(1, 20):
                at = south + (north - south) * part / 20
                row = 2**z * (1 - math.asinh(math.tan(math.radians(at))) / math.pi) / 2 - where.row
                off = abs(row * 4096 - (north - at) / (north - south) * 4096)
                assert off < 1 / 6 or not where.flat, (z, lat, off)
    assert mvt_sql.at(29.72, -95.43, 14).flat
    assert not mvt_sql.at(29.72, -95.43, 12).flat
    assert mvt_sql.Place(0, 0, 0).values()["west"] == -math.pi * 6378137
