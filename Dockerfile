# One image for the API and for the workers; which of them a container is, its command says.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/beanpole
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY api-spec api-spec
COPY service service
COPY workers workers
RUN /opt/beanpole/bin/pip install --no-cache-dir --constraint requirements.lock '.[production,companions]'

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --uid 10001 beanpole
COPY --from=build /opt/beanpole /opt/beanpole
ENV PATH=/opt/beanpole/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BEANPOLE_HOST=0.0.0.0 \
    BEANPOLE_PORT=5770 \
    GUNICORN_CMD_ARGS=--bind=0.0.0.0:5770
USER beanpole
EXPOSE 5770
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['BEANPOLE_PORT'] + '/_beanpole/health', timeout=2)"]
# Without BEANPOLE_CONTROL_TOKEN it says why it does not start, unless BEANPOLE_OPEN_CONTROL=true.
CMD ["gunicorn", "--preload", "--worker-class=beanpole.command.gunicorn_worker.Worker", "--workers=2", "--threads=8", "--access-logfile=-", "beanpole.wsgi:create()"]
