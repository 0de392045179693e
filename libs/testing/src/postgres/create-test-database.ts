import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { ensureTemplate } from './ensure-template.js';
import { databaseUrl, withClient } from './server-client.js';
import { serverUrl } from './server-url.js';

export type TestDatabase = {
  url: string;
  /** Also ends the connections that are still open. */
  drop(): Promise<void>;
};

/**
 * A database of its own with every migration applied, and with triggers that refuse a change of status which libs/domain
 * does not allow. It is the clone of a template, which the first caller of a run makes.
 */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(async (client, server, name) => {
    const template = await ensureTemplate(client, server);
    await client.query(`create database ${name} template ${template} strategy wal_log`);
  });
}

/** An empty database, for tests of the migrations themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create(async (client, _server, name) => {
    await client.query(`create database ${name}`);
  });
}

async function create(make: (client: pg.Client, server: string, name: string) => Promise<void>): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(server, (client) => make(client, server, name));
  return {
    url: databaseUrl(server, name),
    drop: () =>
      withClient(server, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}
