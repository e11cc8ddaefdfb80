# Built in one image, run in another that has neither compiler, cache nor source tree.
# docs/how-to/container.md says how to run it, compose.yaml runs it with PostgreSQL and a reverse proxy. Without a
# configuration nobody is authenticated, so it starts only with LEG_CDS_ALLOW_OPEN=true, which the image does not
# set: whoever publishes the port decides that. `leg-cds database migrate` makes the schema of a new version.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/leg-cds \
    && /opt/leg-cds/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/build.txt
COPY . .
RUN /opt/build/bin/python -m build --no-isolation --wheel --outdir /dist \
    && /opt/leg-cds/bin/python -m pip install --no-cache-dir --no-deps --no-index /dist/*.whl

FROM python:3.11-slim
LABEL org.opencontainers.image.title="leg-soreness-cds" \
      org.opencontainers.image.description="CDS Hooks service for leg soreness; not a medical device" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/leg-cds/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build /opt/leg-cds /opt/leg-cds
USER 10001:10001
WORKDIR /tmp
EXPOSE 5000 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["leg-cds", "health", "--port", "5000"]
CMD ["leg-cds", "serve", "--host", "0.0.0.0", "--port", "5000"]
