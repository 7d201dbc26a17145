# Builds the islands, then the image of web, worker and beat: one image, three commands.

ARG NODE_IMAGE=node:24-slim
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${NODE_IMAGE} AS islands
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY vite.config.ts tsconfig.json ./
# The build collects the icons that templates name.
COPY templates templates
COPY static static
RUN npm run build

FROM ${PYTHON_IMAGE} AS packages
COPY requirements/tools.txt requirements/run.txt /requirements/
RUN pip install --no-cache-dir --require-hashes --requirement /requirements/tools.txt \
    && uv venv /venv \
    && uv pip install --no-cache --compile-bytecode --require-hashes --python /venv/bin/python \
       --requirement /requirements/run.txt

FROM ${PYTHON_IMAGE}
# PDF is written with these libraries and a font.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 pmhub && install --directory --owner=10001 --mode=700 /attachments
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py schema.yml ./
COPY pmhub pmhub
COPY programmes programmes
COPY projects projects
COPY benefits benefits
COPY templates templates
COPY docs/glossary.md docs/
COPY --from=islands /build/static/dist static/dist
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    STATIC_ROOT=/app/static/collected
# Collecting needs the settings but no server and no secret of anybody's.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
    python manage.py collectstatic --noinput
# Nothing can be written there later: each process would compile it anew.
RUN python -m compileall -q pmhub programmes projects benefits
USER 10001
EXPOSE 8000
CMD ["python", "-m", "pmhub.server", "--listen=0.0.0.0:8000"]
