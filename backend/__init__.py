"""The server: domains over a small core, one PostgreSQL with PostGIS below."""
