# Server, worker, stream and the operator's commands: one image, several commands (see compose.yml). From the root:
#   docker build -f docker/backend.Dockerfile -t westu .
FROM python:3.13-slim-trixie

# pg_dump and pg_restore of the same major version as the database's image: `westu backup` calls them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --uid 10001 westu

WORKDIR /srv/westu
COPY pyproject.toml requirements.lock ./
# The lock pins everything; the extra chooses the server's part of it, so no window toolkit comes in.
RUN pip install --no-cache-dir uv \
    && uv pip install --system --no-cache --requirements pyproject.toml --extra backend --constraints requirements.lock \
    && pip uninstall --yes uv
COPY shared_models shared_models
COPY migrations migrations
COPY backend backend
RUN python -m compileall -q shared_models migrations backend \
    && mkdir -p /var/lib/westu/files /var/backups/westu && chown -R westu /var/lib/westu /var/backups/westu

USER westu
ENV PYTHONPATH=/srv/westu PYTHONUNBUFFERED=1 FILES_URL=file:///var/lib/westu/files \
    GRANIAN_HOST=0.0.0.0 GRANIAN_PORT=8000 GRANIAN_WORKERS=2 GRANIAN_BLOCKING_THREADS=16
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['GRANIAN_PORT']}/readyz\", timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--factory", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "4", "--http", "1", "--http1-header-read-timeout", "20000", "--http1-buffer-size", "65536", "backend.app:create_app"]
