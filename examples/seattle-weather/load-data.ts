// Set-up of the example: loads the public data set into the table example.seattle_weather of the database DATABASE_URL.
// Run by itself: DATABASE_URL=postgres://… node examples/seattle-weather/load-data.ts
import { readFile } from 'node:fs/promises';
import pg from 'pg';

const DATA = new URL('../data/seattle-weather.csv', import.meta.resolve('vega-datasets'));

/** @returns rows in the table; loading again changes nothing */
export async function loadData(databaseUrl: string | undefined): Promise<number> {
  const [, ...lines] = (await readFile(DATA, 'utf8')).trim().split('\n');
  const columns = lines.map((line) => line.split(','));
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    await database.query(`
      create schema if not exists example;
      create table if not exists example.seattle_weather (
        date          date primary key,
        precipitation float8 not null,
        temp_max      float8 not null,
        temp_min      float8 not null,
        wind          float8 not null,
        weather       text not null
      )`);
    const arrays = [0, 1, 2, 3, 4, 5].map((column) => columns.map((values) => values[column]?.trim()));
    await database.query(
      `insert into example.seattle_weather
       select * from unnest($1::date[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::text[])
       on conflict do nothing`,
      arrays,
    );
    const { rows } = await database.query<{ count: number }>('select count(*)::integer from example.seattle_weather');
    return rows[0]?.count ?? 0;
  } finally {
    await database.end();
  }
}

if (import.meta.main) {
  console.log(`example.seattle_weather has ${await loadData(process.env.DATABASE_URL)} rows`);
}
