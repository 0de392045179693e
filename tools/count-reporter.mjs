/** Ends a jest run with one line that a script can read; a file that could not be run counts as a failure. */
export default class CountReporter {
  #missing;

  constructor(_config, { missing }) {
    this.#missing = missing;
  }

  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    // At exit, since jest adds its own summary after every other reporter.
    process.once('exit', () => {
      for (const { kind, advice } of this.#missing) console.log(`NOT RUN: the tests of ${kind}; ${advice}`);
      console.log(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
    });
  }
}
