import type { Role } from '@taskflow/domain';

/** Who makes a call. */
export interface Caller {
  /** The token's name, for the history. */
  readonly name: string;
  readonly role: Role;
  /** Absent for the token of the deployment itself. */
  readonly tokenId?: string;
}

/** A caller whose token is valid now. */
export interface Admission {
  readonly caller: Caller;
  /**
   * Calls `onEnd` within seconds of the token's end (revoked, expired), with the error that says so.
   *
   * @returns stops following
   */
  follow(onEnd: (error: Error) => void): () => void;
}

/** A call that is not let in. */
export interface Refusal {
  readonly method: string;
  /** IP address. */
  readonly peer: string;
  /** UPPER_SNAKE. */
  readonly reason: string;
  readonly caller?: Caller | undefined;
}

/** Knows the tokens. Roles are checked beside it, by the table of methods. */
export interface Guard {
  /**
   * @param token as it was sent; at most 512 characters
   * @param peer IP address of the caller
   * @throws Unauthenticated when the token is not valid; QuotaExceeded for a peer that guesses; Unavailable
   */
  identify(token: string, peer: string): Admission | Promise<Admission>;
  /** A call was refused for its token, its role, or what else comes from its address. */
  refused(refusal: Refusal): void;
}
