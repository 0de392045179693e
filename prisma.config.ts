import { join } from 'node:path';
import { defineConfig } from 'prisma/config';

// Prisma's command line downloads a native schema engine; this one comes with npm ci and needs no network.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= join(import.meta.dirname, 'tools/prisma/schema-engine.ts');

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.TASKFLOW_DATABASE_URL ?? 'postgresql://taskflow@127.0.0.1:5432/taskflow' },
});
