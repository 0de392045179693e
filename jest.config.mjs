import { existsSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { missingRigs, testsOf } from './tools/rig/missing-rigs.mjs';

// Tests are ES modules, which jest runs only under this flag: a bare `npx jest` starts itself again with it.
if (!vm.SourceTextModule && /[/\\]jest(\.js)?$/.test(process.argv[1] ?? '')) {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], process.env);
}

const missing = missingRigs();

/** One run for every project: unit, store, service and end-to-end tests alike. */
export default {
  roots: ['libs', 'apps', 'tools', 'examples', 'docker']
    .map((dir) => join(import.meta.dirname, dir))
    .filter(existsSync),
  globalSetup: './libs/testing/src/jest/global-setup.ts',
  globalTeardown: './libs/testing/src/jest/global-teardown.ts',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.taskflow/', ...testsOf(missing)],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['development', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['./libs/testing/src/jest/native-errors.ts'],
  reporters: ['default', ['./tools/count-reporter.mjs', { missing }]],
  maxWorkers: 2,
  // What does not come at all fails, not what comes late on a busy machine.
  testTimeout: 90_000,
};
