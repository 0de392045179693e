import { CommanderError } from 'commander';
import type { TaskflowError } from '@taskflow/domain';
import { processEnvironment } from '@taskflow/runtime/environment';
import { CommandFailure } from './command-failure.js';
import { EXIT, exitCodeOfKind, type ExitCode } from './exit-code.js';

/** Violations that InvalidInput names in its message already. */
const NAMED_IN_MESSAGE = 3;

/**
 * Tells a person on stderr what went wrong, and gives the exit code. A stack trace is shown for TASKFLOW_LOG_LEVEL=debug
 * or trace alone.
 */
export function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) return exitCodeOfCommander(error);
  const verbose = ['debug', 'trace'].includes(processEnvironment()['TASKFLOW_LOG_LEVEL'] ?? '');
  if (verbose && error instanceof Error) console.error(error);
  if (error instanceof CommandFailure) {
    console.error(`error: ${error.message}`);
    return error.exitCode;
  }
  if (isTaskflowError(error)) {
    console.error(`error: ${error.message}`);
    for (const description of furtherViolations(error)) console.error(`  - ${description}`);
    return exitCodeOfKind(error.kind);
  }
  const message = error instanceof Error ? error.message : String(error);
  console.error(`error: ${message}`);
  if (!verbose && !isFromApi(error)) {
    console.error('This is not an error that taskflow expects; TASKFLOW_LOG_LEVEL=debug shows where it comes from.');
  }
  return EXIT.failed;
}

// Commander has written its message, or the help, by itself.
function exitCodeOfCommander(error: CommanderError): ExitCode {
  return error.code === 'commander.helpDisplayed' || error.code === 'commander.version' ? EXIT.ok : EXIT.usage;
}

/** By its mark: importing the class would load the whole domain into every command. */
function isTaskflowError(error: unknown): error is TaskflowError {
  return error instanceof Error && Symbol.for('taskflow.error') in error;
}

function furtherViolations(error: TaskflowError): string[] {
  if (!('violations' in error) || !Array.isArray(error.violations)) return [];
  return (error.violations as { description: string }[]).slice(NAMED_IN_MESSAGE).map(({ description }) => description);
}

function isFromApi(error: unknown): boolean {
  return error instanceof Error && error.name === 'InternalError';
}
