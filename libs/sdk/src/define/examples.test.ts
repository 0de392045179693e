import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
const FILES = ['define/task.ts', 'define/workflow.ts', 'worker/worker.ts', 'client/client.ts'];

/** The code of every `@example` in a file's docstrings. */
function examplesOf(source: string): string[] {
  return [...source.matchAll(/ \* @example\n((?: \*(?!\/)[^\n]*\n)+)/g)].map(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/^ \* ?/, ''))
      .join('\n')
      .replace(/^@throws[\s\S]*/m, ''),
  );
}

test('the examples in docstrings compile', () => {
  const examples = FILES.flatMap((file) => examplesOf(readFileSync(join(SOURCES, file), 'utf8')));
  expect(examples).toHaveLength(4);
  const folder = mkdtempSync(join(dirname(SOURCES), 'src/examples-'));
  try {
    const files = examples.map((code, index) => {
      const path = join(folder, `example-${index}.ts`);
      writeFileSync(
        path,
        `import { client, task, worker, workflow } from '../index.js';\nvoid [client, task, worker, workflow];\n${code}`,
      );
      return path;
    });
    const config = ts.readConfigFile(join(SOURCES, '../../../tsconfig.base.json'), (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, dirname(SOURCES));
    const program = ts.createProgram(files, options);
    // Of the examples alone: what they import is checked by lint and typecheck.
    const diagnostics = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
    expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
