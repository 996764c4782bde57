# Two stages: the first installs into a virtual environment, the second carries only that environment and the program.
# CPU by default. For a GPU:  docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128 .
FROM python:3.11-slim-bookworm AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY pyproject.toml constraints.txt README.md ./
RUN pip install --index-url "$TORCH_INDEX" --extra-index-url https://pypi.org/simple -c constraints.txt torch==2.13.0
COPY chatbot chatbot
COPY knowledge_base knowledge_base
COPY web web
RUN pip install -c constraints.txt .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="shop-chatbot" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    CHATBOT_HOST=0.0.0.0 CHATBOT_PORT=8000 CHATBOT_DATA=/data CHATBOT_CACHE=/weights
COPY --from=build /opt/venv /opt/venv
# Triton compiles the launchers of its kernels on the machine with the GPU.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# hadolint ignore=DL3008
RUN case "$TORCH_INDEX" in */cpu) ;; *) apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/* ;; esac
RUN useradd --create-home --uid 10001 shop && install -d -o shop -g shop /data /weights /content
USER 10001
WORKDIR /home/shop
# /data: database, index, secrets.  /weights: models, shared by all shops on the machine.  /content: the shop's own files.
VOLUME ["/data", "/weights"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["chatbot"]
CMD ["serve"]
