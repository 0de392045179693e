/** True where the tests that need minutes were asked for: TASKFLOW_TEST_MILLION=on, as `npm run test:million` sets it. */
export const millionWanted: boolean = process.env['TASKFLOW_TEST_MILLION'] === 'on';

/** For `beforeAll` of a test that fills its tables through {@link atScale}, in milliseconds. */
export const FILL_MS = millionWanted ? 900_000 : 120_000;

/** SQL that makes rows by the hundred thousand (every number of five or six digits in it), made to make millions where wanted. */
export function atScale(sql: string): string {
  return millionWanted ? sql.replace(/\b\d{5,6}\b/g, (rows) => String(Number(rows) * 10)) : sql;
}
