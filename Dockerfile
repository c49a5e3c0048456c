# syntax=docker/dockerfile:1
# Three stages: compile, collect what runs, and the image itself, which holds no compiler and no test.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
# No install scripts: the only ones this project allows belong to the embedded PostgreSQL, which the image leaves out.
RUN npm ci --ignore-scripts
COPY src src
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the optional packages, the embedded PostgreSQL: an image has DATABASE_URL.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY migrations migrations
COPY templates templates
COPY config config
# What the engine remembers outside the database, so that a restored backup is noticed: keep it on a volume.
ENV FANFARE_DATA_DIR=/var/lib/fanfare
RUN mkdir /var/lib/fanfare && chown node:node /var/lib/fanfare
VOLUME /var/lib/fanfare
RUN chmod +x dist/main.js && ln -s /app/dist/main.js /usr/local/bin/fanfare
USER node
# Whether database and queue answer this process's settings; a second of CPU, hence no more often.
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["fanfare", "health"]
ENTRYPOINT ["fanfare"]
CMD ["start"]
