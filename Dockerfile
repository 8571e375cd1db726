# The environment alone: the project and its results are in the folder that is mounted as /study.
#   docker build --tag visrnn .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/study" visrnn --cores all
FROM python:3.13-slim
RUN apt-get update \
    && apt-get install --no-install-recommends --yes make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/visrnn
COPY Makefile pyproject.toml README.md ./
COPY visrnn/ visrnn/
# As `make run` does it. The package itself goes again, or it would stand before the mounted one.
RUN PIP_NO_CACHE_DIR=1 make .venv/ready && .venv/bin/pip uninstall --yes visrnn
ENV PATH=/opt/visrnn/.venv/bin:$PATH HOME=/tmp
WORKDIR /study
ENTRYPOINT ["snakemake"]
CMD ["--cores", "all"]
