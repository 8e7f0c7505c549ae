# The server and the worker: one image, two commands (see compose.yml). Built from the repository's root:
#   docker build -f docker/backend.Dockerfile -t westu .
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 westu
WORKDIR /srv/westu
COPY requirements.lock pyproject.toml ./
COPY shared_models shared_models
COPY backend backend
COPY migrations migrations
# The lock pins everything; the extra chooses the server's part of it, so no window toolkit comes in.
RUN pip install --no-cache-dir uv \
    && uv pip install --system --no-cache --constraint requirements.lock ".[backend]" \
    && mkdir -p /var/lib/westu/files && chown -R westu /var/lib/westu
USER westu
ENV FILES_URL=file:///var/lib/westu/files HOST=0.0.0.0 PORT=8000
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--factory", "backend.app:create_app", "--host", "0.0.0.0", "--port", "8000", "--workers", "2"]
