# One image for web, worker and embedder; compose.yaml says which of them a container is.
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /webui
COPY . .
RUN make install EXTRAS=
ENV PATH=/webui/.venv/bin:$PATH
CMD ["python", "manage.py", "up", "--host", "0.0.0.0"]
