# One image for every process of ours (the last stage); LIANBANG_TARGET says which it is.
FROM node:20-bookworm-slim AS web
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/frontend/dist frontend/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /lianbang ./services/cmd/lianbang \
	&& install -d -o 65532 -g 65532 /empty

# Meilisearch as it comes runs as root; its volume takes the owner of the directory it is mounted over.
FROM getmeili/meilisearch:v1.15 AS meilisearch
RUN mkdir -p /meili_data && chown 65532:65532 /meili_data
USER 65532:65532

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/
COPY --from=build /lianbang /lianbang
COPY --from=build --chown=65532:65532 /empty /data
USER 65532:65532
ENV LIANBANG_DATA=/data LIANBANG_ADDR=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/lianbang"]
