# The program for the CPU (the default target) or with CUDA (--target cuda); docs/installing.md says how to run it.
FROM debian:12-slim AS source
RUN apt-get update && apt-get install -y --no-install-recommends git make ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/saccade
COPY . .

FROM source AS build
RUN make build
RUN .venv/bin/cmake --install build --prefix /usr/local --component runtime \
 && .venv/bin/cmake --install build --prefix /usr/local --component libtorch

# With CUDA the program loads LibTorch's own libraries, and so stays where it was built.
FROM source AS cuda
RUN make setup-full && make build SACCADE_CUDA=on && ln -s /opt/saccade/build/bin/saccade /usr/local/bin/saccade
RUN useradd --create-home saccade && mkdir /data && chown saccade /data
USER saccade
WORKDIR /data
ENTRYPOINT ["saccade"]
CMD ["--help"]

FROM debian:12-slim AS cpu
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-dejavu-core libcairo2 libdeflate0 libfreetype6 libjpeg62-turbo libpng16-16 \
      libpugixml1v5 libsimdjson14 libssl3 libyaml-cpp0.7 zlib1g \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/ /usr/local/
RUN useradd --create-home saccade && mkdir /data && chown saccade /data && saccade selftest
USER saccade
WORKDIR /data
ENTRYPOINT ["saccade"]
CMD ["--help"]
