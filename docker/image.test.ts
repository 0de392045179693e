import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as runtime from '@taskflow/runtime';
import { readCompose } from './compose.ts';
import { readStages } from './dockerfile.ts';
import { taskflow } from './taskflow.ts';

const PINNED = /^[\w./-]+:\d+(\.\d+)+[\w.-]*$/;
const stages = readStages(readFileSync(join(import.meta.dirname, 'Dockerfile'), 'utf8'));
const last = stages.at(-1) ?? [];
const compose = readCompose();
const services = Object.entries(compose.services);
const own = services.filter(([name]) => name !== 'postgres');

function argumentsOf(name: string, stage = last): string[] {
  return stage.filter((instruction) => instruction.name === name).map(({ argument }) => argument);
}

describe('the Dockerfile', () => {
  it('builds on images of an exact version, that of the Node that the project pins', () => {
    const bases = stages.map((stage) => argumentsOf('FROM', stage)[0]?.split(' ')[0] ?? '');
    const root = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
      devDependencies: { node: string };
    };
    for (const base of bases) {
      expect(base).toMatch(PINNED);
      expect(base).toContain(`node:${root.devDependencies.node}-`);
    }
  });

  it('runs as a user without privileges, and stops by SIGTERM', () => {
    expect(argumentsOf('USER')).toEqual(['node']);
    expect(argumentsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  it('starts the command line itself, without a shell between them that would keep the signal', () => {
    expect(argumentsOf('ENTRYPOINT').map((argument) => JSON.parse(argument) as unknown)).toEqual([['taskflow']]);
    expect(argumentsOf('CMD').map((argument) => JSON.parse(argument) as unknown)).toEqual([['--help']]);
  });

  it('carries no secret, and installs what is locked and nothing for development', () => {
    const all = stages.flat();
    const given = all.filter(({ name }) => name === 'ENV' || name === 'ARG').map(({ argument }) => argument);
    expect(given.join(' ')).not.toMatch(/password|secret|token|api_?key/i);
    const runs = all.filter(({ name }) => name === 'RUN').map(({ argument }) => argument);
    expect(runs.join('\n')).not.toMatch(/npm (i|install)\b/);
    expect(runs.at(-1)).toMatch(/npm ci --omit=dev/);
  });
});

describe('compose.yaml', () => {
  it('has Postgres and the four services, each image of an exact version', () => {
    expect(services.map(([name]) => name).sort()).toEqual(['api', 'postgres', 'pusher', 'scheduler', 'worker']);
    for (const [, { image }] of services) expect(image).toMatch(PINNED);
    expect(own[0]?.[1].image).toBe(`taskflow:${runtime.version}`);
  });

  it('sets only variables that the services read', () => {
    const fragments = Object.entries(runtime).flatMap(([name, value]) =>
      name.endsWith('Fragment') ? Object.values(value as runtime.Fragment) : [],
    );
    const known = fragments.map(({ name }) => name);
    const set = own.flatMap(([, { environment }]) => Object.keys(environment));
    expect(set.length).toBeGreaterThan(5);
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('holds no password, and opens ports on this machine alone', () => {
    const passwords = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|_URL$/.test(name)),
    );
    expect(passwords).not.toHaveLength(0);
    for (const [, value] of passwords) expect(value).toContain('${POSTGRES_PASSWORD:?');
    for (const port of services.flatMap(([, { ports = [] }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('waits for services that there are and that have a health check', () => {
    const waits = services.flatMap(([, { depends_on: waited = {} }]) => Object.entries(waited));
    expect(waits).not.toHaveLength(0);
    for (const [name, { condition }] of waits) {
      expect(compose.services[name]?.healthcheck?.test[0]).toBe('CMD');
      expect(condition).toBe('service_healthy');
    }
  });

  it.each(own.map(([name, { command = [] }]) => [name, command] as const))(
    'starts %s by a command line that there is',
    async (_name, command) => {
      const { exited, stdout } = taskflow([...command, '--help']);
      expect(await exited).toBe(0);
      expect(stdout()).toContain(`Usage: taskflow ${command.join(' ')}`);
    },
  );
});
