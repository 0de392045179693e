import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Superuser's URL of the test run's Postgres; starts it when this is the first test that needs it. */
export async function serverUrl(): Promise<string> {
  const given = process.env.TASKFLOW_TEST_DATABASE_URL;
  if (given) return given;
  const port = process.env.TASKFLOW_TEST_POSTGRES_PORT;
  if (!port) throw new Error('No test Postgres: run the tests with jest from the root of the repository.');
  const answer = JSON.parse(await text(connect(Number(port), '127.0.0.1'))) as { url?: string; error?: string };
  if (!answer.url) throw new Error(`The test Postgres did not start: ${answer.error}`);
  return answer.url;
}
