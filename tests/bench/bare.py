"""The yardstick: a Flask app whose bodies come each from one SQL text, with no rights, no validation, no audit.

It is as lean as a good hand would write it: a pool of psycopg in autocommit, statements that the driver prepares. Its
answers are, byte for byte, those of the city's server for the same rows (the benchmark compares them first).
"""

import json
import os

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

INSTANT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
THING = f"""
    id, number, type, description,
    CASE WHEN "where" IS NOT NULL THEN json_build_object('lat', ST_Y("where"), 'lon', ST_X("where")) END AS "where",
    address, status, department,
    to_char(opened_at AT TIME ZONE 'UTC', {INSTANT}) AS opened_at,
    to_char(updated_at AT TIME ZONE 'UTC', {INSTANT}) AS updated_at,
    to_char(closed_at AT TIME ZONE 'UTC', {INSTANT}) AS closed_at,
    close_reason,
    ARRAY(SELECT photo_id FROM request_photo p WHERE p.request_id = request.id ORDER BY place) AS photos,
    fixed,
    to_char(answer_until_at AT TIME ZONE 'UTC', {INSTANT}) AS answer_until_at,
    version
"""
LIST = f"""
    SELECT '{{"items":[' || string_agg(row_to_json(told)::text, ',') || '],"next":"' ||
           (SELECT to_char(opened_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || '.' || replace(id::text, '-', '')
            FROM request WHERE owner_id = %(owner)s ORDER BY request.opened_at DESC, id DESC OFFSET 99 LIMIT 1) || '"}}'
    FROM (SELECT {THING} FROM request WHERE owner_id = %(owner)s
          ORDER BY request.opened_at DESC, id DESC LIMIT 100) AS told
"""
ONE = f"SELECT row_to_json(told)::text FROM (SELECT {THING} FROM request WHERE id = %(id)s) AS told"
CREATE = f"""
    WITH tried AS (
        INSERT INTO try (who, begun_at, count) VALUES
            ('bare:person', date_trunc('day', now()), 1), ('bare:address', date_trunc('day', now()), 1)
        ON CONFLICT (who, begun_at) DO UPDATE SET count = try.count + 1
    ), once AS (
        INSERT INTO once (person_id, key, fingerprint, at, status, body)
        VALUES (%(owner)s, %(key)s, '\\x00', now(), 201, %(raw)s)
    ), made AS (
        INSERT INTO request (id, number, type, description, "where", address, status, department, owner_id, by_account,
                             channel, opened_at, updated_at, reopened, version, on_phones)
        VALUES (%(id)s, '26-' || lpad(nextval('request_number')::text, 6, '0'), %(type)s, %(description)s,
                ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(address)s, 'received', 'public-works', %(owner)s,
                true, 'app', now(), now(), 0, 1, true)
        RETURNING *
    ), entry AS (
        INSERT INTO request_entry (id, request_id, kind, at, words, status, department, public, by_staff)
        SELECT gen_random_uuid(), id, 'opened', now(), '', status, department, true, false FROM made RETURNING id
    ), happened AS (
        INSERT INTO event (id, at, kind, actor_id, subject_id, fields, request_id)
        SELECT gen_random_uuid(), now(), 'service_requests.request-opened', owner_id, id,
               jsonb_build_object('request_id', id, 'owner_id', owner_id, 'type', type, 'department', department,
                                  'channel', channel), '' FROM made
        RETURNING seq
    ), queued AS (
        INSERT INTO event_delivery (event_seq, listener, due_at)
        SELECT seq, 'notifications:service_requests.request-opened', now() FROM happened
    ), counted AS (
        INSERT INTO audience (name, counter)
        VALUES ('dept:public-works', 2), ('person:' || %(owner)s::text, 2), ('staff:requests', 2)
        ON CONFLICT (name) DO UPDATE SET counter = audience.counter + 2 RETURNING name, counter
    ), fed AS (
        INSERT INTO feed_line (audience, kind, id, n)
        SELECT name, 'service_request', made.id, counter - 1 FROM counted, made
        UNION ALL SELECT name, 'request_entry', entry.id, counter FROM counted, entry
    )
    SELECT row_to_json(told)::text FROM (SELECT {THING} FROM made AS request) AS told
"""


def create_app():
    app = Flask("bare")
    url = os.environ["DATABASE_URL"].replace("+psycopg", "")
    options = "-c role=westu_app -c timezone=UTC -c jit=off"
    pool = ConnectionPool(
        url, min_size=1, max_size=8, kwargs={"autocommit": True, "options": options}, open=True
    )

    def answer(sql, values, status=200):
        with pool.connection() as connection:
            [body] = connection.execute(sql, values).fetchone()
        return Response(body, status, mimetype="application/json")

    @app.get("/ping")
    def ping():
        return {"status": "ok"}

    @app.get("/<owner>/list")
    def listed(owner):
        return answer(LIST, {"owner": owner})

    @app.get("/<owner>/<id>")
    def one(owner, id):
        return answer(ONE, {"id": id})

    @app.post("/<owner>")
    def create(owner):
        raw = request.get_data()
        wish = json.loads(raw)
        values = (
            wish | wish["where"] | {"owner": owner, "key": request.headers["Idempotency-Key"], "raw": raw}
        )
        return answer(CREATE, values, 201)

    return app
