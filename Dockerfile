# The bot, and with another command the inference server; both without root.
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
COPY storage storage
RUN python -m venv /opt/atelier \
    && /opt/atelier/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

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
