import type { Db } from '@taskflow/store';
import type { Violation } from '@taskflow/audit';
import { CommandFailure } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';
import { oneLine, span, styled } from '../output/text.js';

export interface AuditRun {
  readonly checks: readonly { invariant: string; check: string; ms: number; contradicting: number }[];
  readonly violations: readonly Violation[];
}

/** Checks every invariant; on a terminal it tells on stderr which one it is at. */
export async function runAudit(db: Db, options: { rows: number; timeoutMs: number }): Promise<AuditRun> {
  const { audit, AuditTimeout, checks: all } = await import('@taskflow/audit');
  const checks: { invariant: string; check: string; ms: number; contradicting: number }[] = [];
  const tell = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  };
  try {
    const violations = await audit(db, {
      ...options,
      onCheck({ invariant, name }, { ms, count }) {
        checks.push({ invariant, check: name, ms: Math.round(ms), contradicting: count });
        tell(`${checks.length} of ${all.length}: ${invariant} ${name}`);
      },
    });
    return { checks, violations };
  } catch (error) {
    if (error instanceof AuditTimeout) throw new CommandFailure(error.message, EXIT.waitTimedOut);
    throw error;
  } finally {
    tell('');
  }
}

/** Each violation with what it means and the rows that prove it, then how long it all took. */
export function printAudit({ checks, violations }: AuditRun): void {
  for (const { invariant, check, holds, means, count, rows } of violations) {
    console.log(`${styled('red', `${invariant} ${check}`)}: it does not hold that ${holds}`);
    console.log(`  ${means}`);
    for (const row of rows) console.log(`    ${oneLine(described(row), 400)}`);
    if (count > rows.length) console.log(`    and ${count - rows.length} more`);
  }
  const ms = checks.reduce((sum, each) => sum + each.ms, 0);
  const broken = new Set(violations.map((violation) => violation.invariant)).size;
  const found = broken === 0 ? 'nothing found' : `${violations.length} checks contradict ${broken} invariants`;
  console.error(`${checks.length} checks in ${span(ms)}: ${found}`);
}

/** `id=7 status=queued`, as the table of a psql with its names at hand; what is empty is left out. */
function described(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(' ');
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `[${value.map(shown).join(',')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
