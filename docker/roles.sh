#!/bin/sh
# Once, on an empty volume: the role that migrates (no superuser), the role of server and worker, and the extensions,
# also in template1, so that `westu restore --verify` can make a database to try a backup in.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
SELECT 'CREATE ROLE ' || name FROM (VALUES ('westu_migrations'), ('westu_app')) AS wanted(name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE westu_migrations LOGIN CREATEDB PASSWORD :'owner_password';
ALTER ROLE westu_app LOGIN PASSWORD :'app_password';
GRANT westu_app TO westu_migrations;
ALTER DATABASE :"DBNAME" OWNER TO westu_migrations;
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
\connect template1
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
SQL
