import { findCurrent, lockDefinitions, type CurrentDefinition, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { checkReferences } from './check-references.js';
import {
  readDefinitions,
  type GivenDefinition,
  type ReadDefinitions,
  type ReadTask,
  type ReadWorkflow,
} from './read-definitions.js';
import { recordChanges } from '../access/record-changes.js';
import { settleSchedules } from '../schedule/settle-schedules.js';
import { writeDefinitions } from './write-definitions.js';
import { findScheduleEdits, writeScheduleEdits } from './write-schedules.js';

export interface ApplyDefinitionsInput {
  /** 1 to 1000. */
  readonly definitions: readonly GivenDefinition[];
  /** Checks everything and says what would change; stores nothing. False by default. */
  readonly dryRun?: boolean | undefined;
}

export interface AppliedDefinition {
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  /** Empty in a dry run for content that was never registered. */
  readonly versionId: string;
  /** sha256 of the canonical JSON, in hex. */
  readonly hash: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/**
 * Registers Tasks and Workflows, all or none, and makes them current. Registering the same again changes nothing. Instances
 * that were made before keep the version with which they were made, and so do those of slots that were due before.
 *
 * @throws InvalidInput with a violation for each fault in any of the definitions
 */
export async function applyDefinitions(ctx: Ctx, input: ApplyDefinitionsInput): Promise<AppliedDefinition[]> {
  const read = readDefinitions(input.definitions);
  const before = await compare(ctx.db, read);
  if (input.dryRun === true || before.stale.length === 0) return answer(read, before.current);
  const { applied, announce } = await ctx.db.tx(async (q) => {
    const now = await lockDefinitions(q);
    const { stale, current } = await compare(q, read);
    if (stale.length === 0) return { applied: answer(read, current), announce: () => undefined };
    const edits = await findScheduleEdits(q, stale, now);
    const announce = await settleSchedules(ctx, q, edits.ending, now);
    const versionIds = await writeDefinitions(q, stale);
    await writeScheduleEdits(q, edits, now);
    await recordChanges(
      ctx,
      q,
      stale.map(({ kind, name }, index) => ({ kind, target: name, detail: { version_id: versionIds[index] } })),
    );
    const written = new Map(stale.map((definition, index) => [keyOf(definition), versionIds[index] ?? '']));
    const all = answer(read, current);
    return {
      applied: all.map((item) => ({ ...item, versionId: written.get(keyOf(item)) ?? item.versionId })),
      announce,
    };
  });
  announce();
  ctx.wake.scheduleChanged();
  return applied;
}

interface Comparison {
  readonly current: ReadonlyMap<string, CurrentDefinition>;
  /** What is not current as it is given, Tasks within Workflows included. */
  readonly stale: readonly (ReadTask | ReadWorkflow)[];
}

async function compare(q: Queryable, read: ReadDefinitions): Promise<Comparison> {
  const all = [...read.given, ...read.inline];
  const rows = await findCurrent(q, all);
  const current = new Map(rows.map((row) => [keyOf(row), row]));
  await checkReferences(q, read, current);
  return { current, stale: all.filter((definition) => changeOf(current.get(keyOf(definition))) !== 'unchanged') };
}

function answer(read: ReadDefinitions, current: ReadonlyMap<string, CurrentDefinition>): AppliedDefinition[] {
  return read.given.map(({ kind, name, hash }) => {
    const row = current.get(keyOf({ kind, name }));
    return { kind, name, hash, versionId: row?.version_id ?? '', change: changeOf(row) };
  });
}

function changeOf(current: CurrentDefinition | undefined): AppliedDefinition['change'] {
  if (!current?.registered) return 'created';
  return current.version_id === current.current_version_id ? 'unchanged' : 'updated';
}

function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}
