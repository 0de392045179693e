export type {
  DestinationCapabilities,
  DestinationContext,
  DestinationHealth,
  ExternalSummary,
  LogChunk,
  LogQuery,
  DestinationSeat,
  ProbeRequest,
  PushDestination,
  PushIdentity,
  ResolvedSpec,
  SubmitRequest,
  TrackedJob,
  ValidationIssue,
} from './destination.js';
export type { CheckItem } from './check-item.js';
export { jobName } from './job-name.js';
export type { ExternalRef, FailureClass, Observation, RemoteState } from './observation.js';
export type { CancelOutcome, ProbeOutcome, SubmitOutcome } from './outcome.js';
