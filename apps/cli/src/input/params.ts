import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { usage } from '../failure/command-failure.js';
import { collect } from './option.js';

export interface ParamsOptions {
  readonly params?: string;
  readonly param?: readonly string[];
}

export function withParamsOptions(command: Command): Command {
  return command
    .option('--params <json>', 'params as a JSON object; @FILE reads a file, - reads stdin')
    .option('-p, --param <name=value>', 'one param; its value is JSON, or else text (may be repeated)', collect);
}

/** The params as JSON text. Single ones win over those of the object. */
export async function readParams(options: ParamsOptions): Promise<string> {
  const given = options.params === undefined ? {} : parseObject(await readSource(options.params));
  const single = (options.param ?? []).map(readPair);
  return JSON.stringify({ ...given, ...Object.fromEntries(single) });
}

async function readSource(source: string): Promise<string> {
  if (source === '-') return readAll(process.stdin);
  if (!source.startsWith('@')) return source;
  return readFile(source.slice(1), 'utf8').catch((error: Error) => {
    throw usage(`--params: ${source.slice(1)} cannot be read: ${error.message}`);
  });
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usage(`--params: wanted a JSON object such as '{"day": "2026-03-01"}', got ${cut(text)}: ${String(error)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw usage(`--params: wanted a JSON object such as '{"day": "2026-03-01"}', got ${cut(text)}`);
}

function readPair(pair: string): [string, unknown] {
  const at = pair.indexOf('=');
  if (at < 1) throw usage(`--param: wanted name=value, got ${cut(pair)}`);
  const value = pair.slice(at + 1);
  try {
    return [pair.slice(0, at), JSON.parse(value) as unknown];
  } catch {
    return [pair.slice(0, at), value];
  }
}

function cut(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
