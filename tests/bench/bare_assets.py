"""The yardstick of things: a Flask app whose bodies come each from one SQL text, with no rights, no validation, no audit.

Its answers are, byte for byte, those of the city's server for the same rows (the benchmark compares them first), but for
what is new: there it writes the same rows.
"""

import json
import os

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

from tests.bench.bare import INSTANT

THING = f"""
    id, tag, kind, model_id, serial, name, department, state, data_class, fields, pool, holder_id, holder, kit_id, unit,
    place,
    CASE WHEN "where" IS NOT NULL THEN json_build_object('lat', ST_Y("where"), 'lon', ST_X("where")) END AS "where",
    to_char(seen_at AT TIME ZONE 'UTC', {INSTANT}) AS seen_at,
    battery, battery_health, firmware, patched_on, support_until_on, worst_fault, faults, note,
    to_char(made_at AT TIME ZONE 'UTC', {INSTANT}) AS made_at,
    to_char(updated_at AT TIME ZONE 'UTC', {INSTANT}) AS updated_at,
    version
"""


def page(where):
    """A page of a hundred, the newest change first, and where the next begins."""
    return f"""
        WITH found AS MATERIALIZED (
            SELECT * FROM asset WHERE {where} ORDER BY updated_at DESC, id DESC LIMIT 101
        )
        SELECT '{{"items":[' || string_agg(row_to_json(told)::text, ',') || '],"next":"' ||
               (SELECT to_char(updated_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || '.' || replace(id::text, '-', '')
                FROM found OFFSET 99 LIMIT 1) || '"}}'
        FROM (SELECT {THING} FROM found LIMIT 100) AS told
    """


def items(where):
    """All of them, by tag."""
    return f"""
        SELECT '{{"items":[' || coalesce(string_agg(row_to_json(told)::text, ','), '') || ']}}'
        FROM (SELECT {THING} FROM asset WHERE {where} ORDER BY tag, id LIMIT 20) AS told
    """


LIST = page("true")
SEARCH = page("words LIKE %(one)s AND words LIKE %(two)s")
SCAN = items("id IN (SELECT asset_id FROM asset_identifier WHERE code = %(code)s)")
LOOK_UP = items(
    "id IN (SELECT asset_id FROM asset_identifier WHERE code LIKE %(begins)s) OR words LIKE %(inside)s"
)
ONE = f"SELECT row_to_json(told)::text FROM (SELECT {THING} FROM asset WHERE id = %(id)s) AS told"

KEY = """
    once AS (
        INSERT INTO once (person_id, key, fingerprint, at, status, body)
        VALUES (%(owner)s, %(key)s, '\\x00', now(), 201, %(raw)s)
    )
"""
FED = """
    counted AS (
        INSERT INTO audience (name, counter) VALUES {audiences}
        ON CONFLICT (name) DO UPDATE SET counter = audience.counter + 1 RETURNING name, counter
    ), fed AS (
        INSERT INTO feed_line (audience, kind, id, n) SELECT name, '{kind}', %(id)s, counter FROM counted
    )
"""
CREATE = f"""
    WITH wish AS (
        SELECT *, sha256(%(raw)s) AS link FROM jsonb_populate_record(NULL::asset, CAST(%(body)s AS jsonb))
    ), {KEY}, made AS (
        INSERT INTO asset (id, tag, kind, serial, name, department, state, data_class, fields, pool, holder, unit, place,
                           firmware, faults, links, chain, note, made_at, updated_at, version, words)
        SELECT id, tag, kind, serial, name, department, 'stock', 'internal', fields, false, '', '', place, firmware, 0, 1,
               encode(link, 'hex'), '', now(), now(), 1,
               lower(concat_ws(' ', '', tag, serial, name, place, kind, fields ->> 'radio_id', fields ->> 'alias'))
        FROM wish RETURNING *
    ), named AS (
        INSERT INTO asset_identifier (asset_id, kind, code, lives)
        SELECT id, pair.kind, regexp_replace(upper(pair.code), '[^0-9A-Z]', '', 'g'), true FROM made,
        LATERAL (VALUES ('tag', tag), ('serial', serial), ('radio_id', fields ->> 'radio_id')) AS pair(kind, code)
        WHERE pair.code IS NOT NULL
    ), logged AS (
        INSERT INTO asset_change (id, asset_id, at, by_id, by, what, before, after, version)
        SELECT gen_random_uuid(), id, now(), CAST(%(owner)s AS uuid), 'Fay', 'registered', '{{}}', to_jsonb(made) - 'words', 1 FROM made
    ), chained AS (
        INSERT INTO custody_entry (id, asset_id, n, act, done_at, taken_at, by_id, by, from_name, to_name, unit, place,
                                   condition, signature, override, previous, hash)
        SELECT gen_random_uuid(), id, 1, 'registered', now(), now(), CAST(%(owner)s AS uuid), 'Fay', '', '', '', place, '', '',
               '', '', chain FROM made
    ), happened AS (
        INSERT INTO event (id, at, kind, actor_id, subject_id, fields, request_id)
        SELECT gen_random_uuid(), now(), 'assets.asset-changed', CAST(%(owner)s AS uuid), id,
               jsonb_build_object('asset_id', id, 'what', 'registered', 'department', department, 'version', 1,
                                  'chain', chain), '' FROM made
        RETURNING seq
    ), queued AS (
        INSERT INTO event_delivery (event_seq, listener, due_at)
        SELECT seq, 'checks:assets.asset-changed', now() FROM happened
    ), {FED.format(audiences="('assets:police', 1), ('staff:assets', 1)", kind="asset")}
    SELECT row_to_json(told)::text FROM (SELECT {THING} FROM made AS asset) AS told
"""
CHECK = f"""
    WITH wish AS (SELECT CAST(%(body)s AS jsonb) AS body), {KEY}, made AS (
        INSERT INTO "check" (id, kit_id, unit, department, parts, slots, started_at, finished_at, taken_at, by_id, by,
                             signature, app, failed, hash)
        SELECT %(id)s, CAST(body ->> 'kit_id' AS uuid), 'P12', 'police', body -> 'parts', body -> 'slots', now(), now(),
               now(), CAST(%(owner)s AS uuid), 'Fay', body ->> 'signature', body ->> 'app', 0, encode(sha256(%(raw)s), 'hex')
        FROM wish RETURNING *
    ), answered AS (
        INSERT INTO check_answer (check_id, asset_id, line, at, value)
        SELECT made.id, CAST(part ->> 'asset_id' AS uuid), (part ->> 'template') || ':' || (answer ->> 'line'), now(),
               answer ->> 'value'
        FROM made, jsonb_array_elements(made.parts) AS part, jsonb_array_elements(part -> 'answers') AS answer
    ), done AS (
        INSERT INTO check_done (id, kit_id, asset_id, template, cadence, department, done_at, by)
        SELECT uuid_in(md5((part ->> 'asset_id') || cadence)::cstring), made.kit_id, CAST(part ->> 'asset_id' AS uuid),
               part ->> 'template', cadence, 'police', now(), 'Fay'
        FROM made, jsonb_array_elements(made.parts) AS part, jsonb_array_elements_text(part -> 'cadences') AS cadence
        ON CONFLICT (asset_id, template, cadence) DO UPDATE SET done_at = excluded.done_at
    ), happened AS (
        INSERT INTO event (id, at, kind, actor_id, subject_id, fields, request_id)
        SELECT gen_random_uuid(), now(), 'checks.check-finished', by_id, id,
               jsonb_build_object('check_id', id, 'kit_id', kit_id, 'department', department, 'failed', 0), '' FROM made
    ), {FED.format(audiences="('assets:police', 1), ('staff:assets', 1), ('person:' || %(owner)s::text, 1)", kind="check")}
    SELECT row_to_json(told)::text FROM (
        SELECT id, kit_id, unit, department, parts, slots, to_char(started_at AT TIME ZONE 'UTC', {INSTANT}) AS started_at,
               to_char(finished_at AT TIME ZONE 'UTC', {INSTANT}) AS finished_at,
               to_char(taken_at AT TIME ZONE 'UTC', {INSTANT}) AS taken_at, by_id, by, signature, app, worst, failed, hash
        FROM made) AS told
"""


def create_app():
    app = Flask("bare")
    url = os.environ["DATABASE_URL"].replace("+psycopg", "")
    options = "-c role=westu_app -c timezone=UTC -c jit=off"
    pool = ConnectionPool(
        url, min_size=1, max_size=8, kwargs={"autocommit": True, "options": options}, open=True
    )

    def answer(sql, values=None, status=200):
        with pool.connection() as connection:
            [body] = connection.execute(sql, values or {}).fetchone()
        return Response(body, status, mimetype="application/json")

    def written(sql, owner):
        raw = request.get_data()
        values = {"owner": owner, "key": request.headers["Idempotency-Key"], "raw": raw, "body": raw.decode()}
        return answer(sql, values | {"id": json.loads(raw)["id"]}, 201)

    @app.get("/list")
    def listed():
        return answer(LIST)

    @app.get("/search")
    def searched():
        one, two = request.args["q"].lower().split()
        return answer(SEARCH, {"one": f"%{one}%", "two": f"%{two}%"})

    @app.get("/look-up")
    def looked_up():
        said = request.args["q"]
        plain = "".join(sign for sign in said.upper() if sign.isalnum())
        return answer(LOOK_UP, {"begins": f"{plain}%", "inside": f"% {said.lower()}%"})

    @app.get("/scan")
    def scanned():
        code = "".join(sign for sign in request.args["code"].upper() if sign.isalnum())
        return answer(SCAN, {"code": code})

    @app.get("/<id>")
    def one(id):
        return answer(ONE, {"id": id})

    @app.post("/<owner>/create")
    def create(owner):
        return written(CREATE, owner)

    @app.post("/<owner>/check")
    def check(owner):
        return written(CHECK, owner)

    return app
