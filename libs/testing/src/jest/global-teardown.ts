const GRACE_MS = 5_000;

/** Runs once, in jest's own process, when the last test has ended. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.stopTestPostgres?.();
  // Fires only when something else keeps the run alive, for example a child process that holds a test's output open.
  const leaked = setTimeout(() => {
    const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout');
    console.error(`A test left something running (${resources.join(', ')}): stop it in the test that starts it.`);
    process.exit(1);
  }, GRACE_MS);
  leaked.unref();
}
