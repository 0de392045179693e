/** Runs once, in jest's own process, when the last test has ended. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.stopTestPostgres?.();
}
