import type { JsonObject } from '@taskflow/domain';
import type { ExternalRef, Observation } from './observation.js';

/** How one submit ended. Whatever may have created something and is not known to have is `ambiguous`. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly externalId: string; readonly scope: JsonObject }
  /** A job of this name was there already. `ours`: of this deployment, for this attempt. */
  | {
      readonly kind: 'exists';
      readonly externalId: string;
      readonly scope: JsonObject;
      readonly ours: boolean;
      readonly sameSpec: boolean;
    }
  /** For good. `job`: this one is not acceptable. `destination`: none would be (rights, queue); the attempt is not used up. */
  | {
      readonly kind: 'rejected';
      readonly code: string;
      readonly message: string;
      readonly scope: 'job' | 'destination';
    }
  | { readonly kind: 'throttled'; readonly message: string; readonly retryAfterMs?: number | undefined }
  /** Nothing was created, for want of room; nothing is wrong. */
  | { readonly kind: 'full'; readonly message: string; readonly retryAfterMs?: number | undefined }
  /** It is certain that nothing was created. */
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'ambiguous'; readonly message: string };

/** What stands under a name. */
export type ProbeOutcome =
  | {
      readonly kind: 'found';
      readonly observation: Observation;
      /** Further jobs of the same name, to be ended. */
      readonly duplicates?: readonly ExternalRef[] | undefined;
    }
  /** `definitive`: nothing of an earlier submit can appear and run. `as-of-now`: ask again after a while. */
  | { readonly kind: 'absent'; readonly certainty: 'definitive' | 'as-of-now' }
  /** A job of this name belongs to another deployment or attempt. */
  | { readonly kind: 'foreign'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** `sent` says that the wish has arrived, not that the job has ended; cancelling what is absent or over is `sent` too. */
export type CancelOutcome = { readonly kind: 'sent' } | { readonly kind: 'unavailable'; readonly message: string };
