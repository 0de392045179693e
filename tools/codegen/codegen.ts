// Writes libs/proto/src/gen from proto/**: ts-proto's TypeScript, the descriptor image for reflection, REST routes and OpenAPI.
// `--if-stale` does nothing when neither the inputs nor the generators have changed since the last run.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readContract } from './descriptor.ts';
import { httpRoutesSource } from './http-routes.ts';
import { openApiDocument } from './openapi.ts';

const OUT = 'libs/proto/src/gen';
const NEXT = `${OUT}.${process.pid}`;

process.chdir(new URL('../..', import.meta.url).pathname);
const stamp = hashOf([...globSync('proto/**/*.{proto,yaml}'), ...globSync('tools/codegen/*.ts'), 'package-lock.json']);
if (
  process.argv.includes('--if-stale') &&
  existsSync(`${OUT}/.stamp`) &&
  readFileSync(`${OUT}/.stamp`, 'utf8') === stamp
) {
  process.exit(0);
}

rmSync(NEXT, { recursive: true, force: true });
mkdirSync(NEXT, { recursive: true });
buf('generate', '--template', 'proto/buf.gen.yaml', '--output', NEXT);
// ts-proto also writes what only the HTTP annotations need; nothing imports it.
rmSync(`${NEXT}/google/api`, { recursive: true });
rmSync(`${NEXT}/google/protobuf/descriptor.ts`);

const image = `${NEXT}/descriptor.binpb`;
buf('build', 'proto', '--output', image);
const contract = readContract(image);
const version = (JSON.parse(readFileSync('libs/proto/package.json', 'utf8')) as { version: string }).version;
writeFileSync(`${NEXT}/http-routes.ts`, httpRoutesSource(contract));
writeFileSync(
  `${NEXT}/openapi.ts`,
  `export const OPENAPI_DOCUMENT: Readonly<Record<string, unknown>> = ${JSON.stringify(openApiDocument(contract, version), null, 2)};\n`,
);
// google.protobuf.FileDescriptorSet; as source, so that bundles and tests need no file beside them.
writeFileSync(
  `${NEXT}/descriptor.ts`,
  `export const DESCRIPTOR_IMAGE: Uint8Array = Buffer.from('${readFileSync(image).toString('base64')}', 'base64');\n`,
);
rmSync(image);
writeFileSync(`${NEXT}/.stamp`, stamp);
rmSync(OUT, { recursive: true, force: true });
renameSync(NEXT, OUT);

function buf(...args: string[]): void {
  execFileSync('node_modules/.bin/buf', args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

function hashOf(files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
