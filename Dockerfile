# Ceto in two stages: the first builds as a user does, the second has what runs and nothing else.
#
#   docker build -t ceto .
#   docker run -p 9042:9042 -p 127.0.0.1:10000:10000 -v ceto-data:/data ceto
#
# The admin endpoint (port 10000) asks for no password: publish it to the host's loopback at most.

FROM debian:12-slim AS builder
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN sh scripts/setup.sh
# The bundle and the addon are made: what only made them need not run with them.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && npm uninstall --no-save --omit=dev --ignore-scripts --no-audit --no-fund \
      cmake-js esbuild node-addon-api node-api-headers

FROM debian:12-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libstdc++6 liburing2 liblz4-1 libzstd1 libsnappy1v5 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --user-group --no-create-home ceto \
 && install -d -o ceto -g ceto /data
WORKDIR /opt/ceto
COPY --from=builder /build/package.json /build/LICENSE ./
COPY --from=builder /build/bin bin
COPY --from=builder /build/dist dist
COPY --from=builder /build/build/Release/ceto.node build/Release/ceto.node
COPY --from=builder /build/node_modules node_modules
COPY deploy/docker/cassandra.yaml /etc/ceto/cassandra.yaml
USER ceto
VOLUME /data
EXPOSE 9042 19042 10000
ENTRYPOINT ["bin/ceto"]
CMD ["--config", "/etc/ceto/cassandra.yaml"]
