import type { ResolvedSpec, ValidationIssue } from '../destination.js';

const NAME = /^[A-Za-z_]\w*$/;

/** What of a spec the machine itself cannot run. */
export function validateSpec({ run, env, push }: ResolvedSpec): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const refuse = (field: string, message: string): void => void issues.push({ field, message });
  if (run.bash === undefined) {
    refuse(
      'run',
      `got the handler ${run.handler ?? ''}, wanted bash: a local destination runs commands, a worker runs handlers`,
    );
  }
  for (const field of ['input_file', 'output_file'] as const) {
    const address = run[field];
    if (address !== undefined && !isFileAddress(address)) {
      refuse(`run.${field}`, `got ${address}, wanted an absolute file: address (file:///…) without a host`);
    }
  }
  for (const [name, value] of Object.entries(env)) {
    if (!NAME.test(name)) refuse('run.env', `got the name ${JSON.stringify(name)}, wanted letters, digits and "_"`);
    if (value.includes('\0')) refuse(`run.env.${name}`, 'holds a NUL character, which no variable can');
  }
  const [unknown] = Object.keys(push);
  if (unknown !== undefined) refuse(`push.${unknown}`, 'is unknown: a local destination takes no settings of its own');
  return issues;
}

function isFileAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === 'file:' && url.host === '' && !/%2f/i.test(url.pathname);
}
