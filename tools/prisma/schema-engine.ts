#!/usr/bin/env node
// Stands in for the native schema engine that the Prisma CLI would download: Prisma's own engine as WebAssembly, behind
// the JSON-RPC on stdin and stdout that the CLI speaks. prisma.config.ts names it in PRISMA_SCHEMA_ENGINE_BINARY.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { runOnce, schemaEngineAdapter } from './database.ts';

type Datasource = { url: string; shadowDatabaseUrl?: string };
type Engine = Record<string, (params: unknown) => Promise<{ stdout?: string } | null | undefined>>;
type Request = { id: number; method?: string; params: unknown };
type EngineError = { code?: string; message?: string; meta?: unknown };

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { version: { type: 'boolean', short: 'V' }, datasource: { type: 'string' }, datamodels: { type: 'string' } },
});

if (values.version) {
  console.log('schema-engine-cli wasm');
} else {
  const datasource = JSON.parse(String(values.datasource ?? '{}')) as Datasource;
  if (positionals[0] === 'cli') process.exitCode = await databaseCommand(positionals[1] ?? '', datasource.url);
  else await serve(datasource);
}

/** can-connect-to-database, create-database or drop-database; the exit code. */
async function databaseCommand(command: string, url: string): Promise<number> {
  const target = new URL(url);
  const database = decodeURIComponent(target.pathname.slice(1));
  if (command !== 'can-connect-to-database') target.pathname = '/postgres';
  try {
    const { rowCount } = await runOnce(target.href, 'select from pg_database where datname = $1', [database]);
    if (command === 'create-database' && !rowCount) {
      await runOnce(target.href, `create database ${pg.escapeIdentifier(database)}`);
    }
    if (command === 'drop-database') {
      await runOnce(target.href, `drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
    }
    return 0;
  } catch (error) {
    const { code, message } = error as EngineError;
    const prismaCode = code === '3D000' ? 'P1003' : code === '28P01' ? 'P1000' : 'P1001';
    const fields = { message, error_code: prismaCode, is_panic: false, meta: {} };
    // The CLI skips the first line and reads the others as log entries.
    process.stderr.write(`{}\n${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}`);
    return 1;
  }
}

async function serve(datasource: Datasource): Promise<void> {
  let engine: Engine | undefined;
  let printed = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const { id, method, params } = JSON.parse(line) as Request;
    if (!method) continue;
    try {
      engine ??= await loadEngine(datasource);
      const call = engine[method === 'getDatabaseVersion' ? 'version' : method];
      if (!call) throw new Error(`the schema engine has no method ${method}`);
      const result = await call.call(engine, params);
      if (method === 'diff' && result?.stdout) {
        respond({ method: 'print', params: { content: result.stdout }, id: `print-${++printed}` });
      }
      respond({ id, result: result ?? null });
    } catch (error) {
      const { code, message, meta } = error as EngineError;
      const data = { is_panic: false, message: message ?? String(error), error_code: code, meta: meta ?? {} };
      respond({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } });
    }
  }
}

async function loadEngine(datasource: Datasource): Promise<Engine> {
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => process.stderr.write(`${message}\n`) },
  });
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const { instance } = await WebAssembly.instantiate(readFileSync(script.replace(/\.js$/, '.wasm')), {
    './schema_engine_bg.js': engineModule as unknown as WebAssembly.ModuleImports,
  });
  engineModule.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const adapter = bindMigrationAwareSqlAdapterFactory(
    schemaEngineAdapter(datasource.url, datasource.shadowDatabaseUrl),
  );
  const models = dataModels();
  const options = { datamodels: models.length ? models : undefined };
  return (await engineModule.SchemaEngine.new(options, () => undefined, adapter)) as unknown as Engine;
}

/** --datamodels takes every argument up to the next option. */
function dataModels(): [string, string][] {
  const paths = values.datamodels ? [String(values.datamodels), ...positionals] : [];
  return paths.map((path) => [path, readFileSync(path, 'utf8')]);
}

function respond(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
