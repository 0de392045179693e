import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDefinitionFile } from '@taskflow/domain';
import { OPENAPI_DOCUMENT } from '@taskflow/proto';
import ts from 'typescript';
import { parse } from 'yaml';
import { codeBlocks } from './code-block.ts';
import { checkCommand } from './check-command.ts';

const root = join(import.meta.dirname, '../..');
const blocks = codeBlocks(root);
const withInfo = (info: string) => blocks.filter((block) => block.info === info);
const KNOWN = ['ts', 'sql', 'sh', 'text', 'mermaid', 'yaml definitions', 'yaml destinations'];

test('every block of the documents says what it is, so that it is looked at here', () => {
  expect(blocks.filter(({ info }) => !KNOWN.includes(info)).map(({ place }) => place)).toEqual([]);
});

test('TypeScript in the documents compiles', () => {
  const folder = mkdtempSync(join(import.meta.dirname, 'compiled-'));
  try {
    const files = withInfo('ts').map(({ place, code }, index) => {
      const file = join(folder, `${index}.ts`);
      writeFileSync(file, `// ${place}\n${code}\nexport {};\n`);
      return file;
    });
    expect(files.length).toBeGreaterThan(1);
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root);
    const program = ts.createProgram(files, { ...options, noEmit: true, noUnusedLocals: false });
    const told = files
      .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
      .map(({ file, start, messageText }) => {
        const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
        const place = file?.text.split('\n')[0] ?? '';
        return `${place} line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      });
    expect(told).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test.each(withInfo('yaml definitions').map(({ place, code }) => [place, code] as const))('%s is valid', (_, code) => {
  const { tasks, workflows } = parseDefinitionFile(parse(code));
  expect(tasks.length + workflows.length).toBeGreaterThan(0);
});

test.each(withInfo('yaml destinations').map(({ place, code }) => [place, code] as const))(
  '%s is a file of destinations',
  async (_, code) => {
    const module = (await import(join(root, 'libs/services/src/pusher/destination-config.ts'))) as {
      readTexts(texts: readonly object[], as: 'example'): Promise<unknown[]>;
    };
    expect(await module.readTexts([{ path: 'example', text: code, folder: '/' }], 'example')).not.toHaveLength(0);
  },
);

describe('command lines in the documents', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const lines = withInfo('sh').flatMap(({ place, code }) =>
    code
      .trim()
      .split('\n')
      .map((line) => [line, place] as const),
  );

  test.each(lines)('%s (%s)', async (line) => {
    const words = line.split(' ').filter((word) => !/^[A-Z_]+=/.test(word));
    const [first, second = '', ...rest] = words;
    if (first === 'npx' && second === 'taskflow') return expect(await checkCommand(root, rest)).toBe('known');
    if (first === 'npm') {
      const script = second === 'run' ? (rest[0] ?? '') : second;
      return expect(['ci', ...Object.keys(scripts)]).toContain(script);
    }
    for (const path of words.filter((word) => /^[\w-]+\/[\w./-]+$/.test(word))) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    }
    expect(['npx', 'docker', 'git', 'curl']).toContain(first);
  });
});

test('resources of REST that the documents name are served', () => {
  const served = Object.keys((OPENAPI_DOCUMENT as { paths: object }).paths);
  const named = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\/v1\/[\w-]+(?![\w.])/g)].map(
    ([path]) => path,
  );
  expect(named.filter((path) => !served.some((known) => known.startsWith(path)))).toEqual([]);
});
