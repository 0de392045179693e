import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';

const CHAR = 18;
const TEXT = 25;
const CHAR_ARRAY = 1002;
const TEXT_ARRAY = 1009;

type RawResult = { fields: { dataTypeID: number }[] };
type Internals = SqlQueryable & { performIO(query: unknown): Promise<RawResult>; onError(error: unknown): never };

/** What Prisma's schema engine needs of a database: @prisma/adapter-pg with three of its faults put right. */
export function schemaEngineAdapter(url: string, shadowUrl?: string): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(url),
    connectToShadowDb: async () => {
      if (shadowUrl) return connect(shadowUrl);
      // With a connection string of its own the adapter would take the main database for the shadow database.
      const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
      await runOnce(url, `create database "${name}"`);
      return connect(url, name, async () => {
        await runOnce(url, `drop database if exists "${name}" with (force)`);
      });
    },
  };
}

async function connect(url: string, database?: string, afterwards?: () => Promise<void>) {
  const { connectionString, schema } = withoutPrismaOptions(url, database);
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on('error', (error) => process.stderr.write(`${error.message}\n`));
  const adapter = await new PrismaPg(pool, { schema }).connect();
  const begin = adapter.startTransaction.bind(adapter);
  adapter.startTransaction = async (isolation) => readCharAsText(await begin(isolation));
  // The adapter splits scripts at every semicolon, also inside a function's body; Postgres takes them whole.
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      (adapter as unknown as Internals).onError(error);
    }
  };
  adapter.dispose = async () => {
    await pool.end();
    await afterwards?.();
  };
  return readCharAsText(adapter);
}

// The adapter refuses the type "char", of which pg_catalog is full: read it as text, and call it Character.
function readCharAsText<Queryable extends SqlQueryable>(queryable: Queryable): Queryable {
  const internals = queryable as unknown as Internals;
  const performIO = internals.performIO.bind(internals);
  const queryRaw = queryable.queryRaw.bind(queryable);
  let charColumns: number[] = [];
  let last: Promise<unknown> = Promise.resolve();
  internals.performIO = async (query) => {
    const result = await performIO(query);
    charColumns = [];
    result.fields?.forEach((field, index) => {
      if (field.dataTypeID === CHAR) {
        field.dataTypeID = TEXT;
        charColumns.push(index);
      }
      if (field.dataTypeID === CHAR_ARRAY) field.dataTypeID = TEXT_ARRAY;
    });
    return result;
  };
  // One query at a time, so that charColumns belongs to the result at hand.
  queryable.queryRaw = (query) => {
    const next = async () => {
      const result = await queryRaw(query);
      for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    };
    const running = last.then(next, next);
    last = running;
    return running;
  };
  return queryable;
}

function withoutPrismaOptions(url: string, database?: string): { connectionString: string; schema: string } {
  const parsed = new URL(url);
  if (database) parsed.pathname = `/${database}`;
  const schema = parsed.searchParams.get('schema') ?? 'public';
  for (const option of ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer']) parsed.searchParams.delete(option);
  return { connectionString: parsed.href, schema };
}

/** Runs one statement on a connection of its own. */
export async function runOnce(url: string, text: string, values?: unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: withoutPrismaOptions(url).connectionString });
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}
