import { Metadata, status } from '@grpc/grpc-js';
import {
  AlreadyExists,
  IllegalTransition,
  InvalidInput,
  LeaseLost,
  NotFound,
  PermissionDenied,
  QuotaExceeded,
  Unauthenticated,
  Unavailable,
  VersionConflict,
  fieldViolation,
} from '@taskflow/domain';
import { toServiceError } from './grpc-status.js';
import { toHttpError } from './http-error.js';
import { rebuildError } from './rebuild-error.js';
import { toWireError } from './wire-error.js';

const violations = [fieldViolation('tasks[2].retries', -1, 'an integer ≥ 0')];

test.each([
  ['InvalidInput', InvalidInput.of('task "load"', violations), status.INVALID_ARGUMENT, 400],
  ['NotFound', new NotFound('no task "loda"; did you mean "load"?'), status.NOT_FOUND, 404],
  ['AlreadyExists', new AlreadyExists('taken', { metadata: { id: '7' } }), status.ALREADY_EXISTS, 409],
  [
    'IllegalTransition',
    new IllegalTransition('not ended', { reason: 'PROTOCOL_UNSUPPORTED' }),
    status.FAILED_PRECONDITION,
    409,
  ],
  ['LeaseLost', new LeaseLost('expired'), status.ABORTED, 409],
  ['VersionConflict', new VersionConflict('changed meanwhile'), status.ABORTED, 409],
  ['QuotaExceeded', new QuotaExceeded('full', { retryAfterMs: 1500 }), status.RESOURCE_EXHAUSTED, 429],
  ['Unauthenticated', new Unauthenticated('no token'), status.UNAUTHENTICATED, 401],
  ['PermissionDenied', new PermissionDenied('viewer'), status.PERMISSION_DENIED, 403],
  ['Unavailable', new Unavailable('away', { reason: 'DATABASE_DOWN' }), status.UNAVAILABLE, 503],
])('%s goes out by the table and comes back as its class', (_name, error, code, http) => {
  const wire = toWireError(error, 'req-1');
  expect(wire).toMatchObject({ code, http });
  const rebuilt = rebuildError(toServiceError(wire), 'api:1');
  expect(rebuilt).toBeInstanceOf(error.constructor);
  expect(rebuilt).toMatchObject({ message: error.message, reason: error.reason, metadata: error.metadata });
  if (error instanceof QuotaExceeded) expect(rebuilt).toMatchObject({ retryAfterMs: error.retryAfterMs });
});

test('an api that is away is told in the words of the network, not of gRPC', () => {
  const details = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ';
  const error = Object.assign(new Error(details), { code: status.UNAVAILABLE, details, metadata: new Metadata() });
  expect(rebuildError(error, '127.0.0.1:1').message).toBe(
    'The api at 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1. Is it running there?',
  );
});

test('the violations of bad input survive both wires', () => {
  const wire = toWireError(InvalidInput.of('task "load"', violations), 'req-1');
  const shown = { field: 'tasks[2].retries', description: 'tasks[2].retries: got -1, wanted an integer ≥ 0' };
  expect(rebuildError(toServiceError(wire), 'api:1')).toMatchObject({ violations: [shown] });
  expect(toHttpError(wire).error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_INPUT',
    violations: [shown],
    requestId: 'req-1',
  });
});

test('a bug shows its request id and nothing of its cause', () => {
  const wire = toWireError(new Error('password=hunter2 at /srv/secret.ts'), 'req-9');
  expect(wire).toMatchObject({ code: status.INTERNAL, http: 500, reason: 'INTERNAL' });
  const sent = toServiceError(wire);
  for (const text of [JSON.stringify(toHttpError(wire)), sent.details, JSON.stringify(sent.metadata)]) {
    expect(text).not.toMatch(/hunter2|secret/);
  }
  expect(rebuildError(sent, 'api:1')).toMatchObject({ name: 'InternalError', requestId: 'req-9' });
});

test('ten thousand violations stay within what a trailer may hold, and say how many are missing', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => fieldViolation(`tasks[${i}].name`, 'ü'.repeat(200), 'a name'));
  const sent = toServiceError(toWireError(InvalidInput.of('the definitions', many), 'req-1'));
  const [trailer] = sent.metadata.get('grpc-status-details-bin');
  expect((trailer as Buffer).length).toBeLessThan(8 * 1024);
  expect(rebuildError(sent, 'api:1')).toMatchObject({
    violations: expect.arrayContaining([
      { field: '', wanted: '', description: expect.stringMatching(/^and \d+ more$/) },
    ]),
  });
});

test.each([
  [status.UNAVAILABLE, { reason: 'API_UNREACHABLE', message: expect.stringContaining('api:7233') }],
  [status.DEADLINE_EXCEEDED, { reason: 'DEADLINE_EXCEEDED' }],
  [status.CANCELLED, { reason: 'CANCELLED' }],
  [status.RESOURCE_EXHAUSTED, { reason: 'MESSAGE_TOO_LARGE', name: 'InvalidInput' }],
  [status.UNIMPLEMENTED, { name: 'InternalError', message: expect.stringContaining('older') }],
  [status.NOT_FOUND, { name: 'NotFound' }],
])('a status %s without details, from a proxy or the library, becomes an error one can act on', (code, expected) => {
  const bare = Object.assign(toServiceError(toWireError(new Error('x'), 'r')), { code, details: 'said elsewhere' });
  bare.metadata.remove('grpc-status-details-bin');
  expect(rebuildError(bare, 'api:7233')).toMatchObject(expected);
});
