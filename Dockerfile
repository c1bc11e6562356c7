# The bot, and with another command the inference server; both without root. The target "gpu" is the
# server with the libraries for models: docker build --target gpu .
FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY commands commands
COPY generation generation
COPY inference inference
COPY jobs jobs
COPY media media
COPY playground playground
COPY prompts prompts
COPY quarantine quarantine
COPY sentences sentences
COPY storage storage
RUN python -m venv /opt/atelier \
    && /opt/atelier/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt '.[heic]'

# PyPI's torch brings what it needs of CUDA; another build is named by TORCH.
FROM build AS build-gpu
ARG TORCH=torch
COPY constraints-inference.txt ./
RUN /opt/atelier/bin/pip install --no-cache-dir --disable-pip-version-check "$TORCH" \
    && /opt/atelier/bin/pip install --no-cache-dir --disable-pip-version-check \
        -c constraints.txt -c constraints-inference.txt '.[diffusers,upscale]'

FROM python:3.12-slim-bookworm AS gpu
RUN useradd --uid 10001 --home-dir /data --create-home atelier
COPY --from=build-gpu /opt/atelier /opt/atelier
ENV PATH=/opt/atelier/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HOME=/data/models \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 50051 50080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:50080/healthz', timeout=4)"]
CMD ["python", "-m", "inference", "--host=0.0.0.0", "--films=/data/films", "--drain=30", "--log-level=info", "--log-format=json"]

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --home-dir /data --create-home atelier
COPY --from=build /opt/atelier /opt/atelier
ENV PATH=/opt/atelier/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ATELIER_STATE=/data
USER 10001
WORKDIR /data
VOLUME /data
# Healthy while the bot is connected to Discord: it renews a file that this command looks at.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "bot.health"]
CMD ["python", "-m", "bot"]
