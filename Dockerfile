# Ember in a container. The memory lives in the volume /data, the settings come from the environment.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# The libraries that the tests ran with, to the byte; they change less often than the code.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY . .
RUN pip install --no-deps --no-build-isolation -e . \
    && useradd --create-home --uid 1000 ember \
    && install -d -o ember -g ember /data

USER ember
ENV DATA_DIR=/data
VOLUME /data
CMD ["ember", "run"]
