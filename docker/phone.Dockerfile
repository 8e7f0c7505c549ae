# The Android app as an APK. Built from the repository's root; it fetches Android's SDK and NDK, whose licence it accepts:
#   docker build -f docker/phone.Dockerfile --build-arg SERVER=https://… --output var/apk .
# With push: --secret id=google-services,src=google-services.json
FROM python:3.13-slim AS build

RUN apt-get update && apt-get install --yes --no-install-recommends \
        autoconf automake build-essential ccache cmake git libffi-dev libltdl-dev libssl-dev libtool openjdk-17-jdk-headless \
        patch pkg-config unzip zip zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 westu && mkdir /build && chown westu /build
USER westu
ENV PATH=/home/westu/.local/bin:$PATH
RUN pip install --user --no-cache-dir buildozer==1.6.0 "cython<3.2"
WORKDIR /build
COPY --chown=westu mobile/main.py mobile/buildozer.spec ./
COPY --chown=westu mobile mobile
COPY --chown=westu shared_models shared_models
# Which server the app speaks to is fixed when it is built.
ARG SERVER
RUN test -n "$SERVER" && printf %s "$SERVER" > mobile/shipped/server.txt
RUN --mount=type=secret,id=google-services,uid=10001 \
    if [ -e /run/secrets/google-services ]; then export GOOGLE_SERVICES=/run/secrets/google-services; fi; \
    yes | buildozer android debug

FROM scratch
COPY --from=build /build/bin/ /
