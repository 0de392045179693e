import { EXIT, type ExitCode } from './exit-code.js';

/** A command that did not do what it was asked for, in words for the person who typed it. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong. */
export function usage(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}
