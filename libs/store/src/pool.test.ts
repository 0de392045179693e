import { createTestDatabase } from '@taskflow/testing';
import { openPool } from './pool.js';

test('a connection that the server ends just as it is handed out does not end the process', async () => {
  const database = await createTestDatabase();
  const pool = openPool({ connectionString: database.url, max: 1 });
  const told = Promise.withResolvers<boolean>();
  pool.current().on('acquire', (client) => {
    // After the pool has stopped to listen, before who waits for the connection can begin.
    queueMicrotask(() => {
      try {
        told.resolve(client.emit('error', new Error('terminating connection due to administrator command')));
      } catch (error) {
        told.reject(error as Error);
      }
    });
  });
  const client = await pool.current().connect();
  expect(await told.promise).toBe(true);
  client.release(true);
  await pool.close();
  await database.drop();
});
