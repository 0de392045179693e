import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { DESCRIPTOR_IMAGE } from '@taskflow/proto';
import { ROLES_OF, nameRoles } from './role-table.js';

/** Every method of the contract, as the protos have it. */
function methodsOfContract(): string[] {
  const services = loadFileDescriptorSetFromBuffer(Buffer.from(DESCRIPTOR_IMAGE));
  return Object.entries(services)
    .filter(([name, value]) => name.startsWith('taskflow.') && !('format' in value))
    .flatMap(([name, methods]) => Object.keys(methods).map((method) => `${name}/${method}`));
}

const methodsFor = (role: string): string[] =>
  [...ROLES_OF].filter(([, roles]) => roles.some((one) => one === role)).map(([method]) => method.split('/')[1] ?? '');

describe('the table of roles', () => {
  it('has a row with a role for every method of the contract, and no other', () => {
    expect([...ROLES_OF.keys()].sort()).toEqual(methodsOfContract().sort());
    expect(ROLES_OF.size).toBeGreaterThan(40);
    for (const roles of ROLES_OF.values()) expect(roles).not.toEqual([]);
  });

  it('lets a viewer do nothing but read', () => {
    for (const method of methodsFor('viewer')) expect(method).toMatch(/^(Get|List|Wait|Tail|Preview|Validate|WhoAmI$)/);
  });

  it('lets a worker work, register what it runs, and nothing else', () => {
    expect(methodsFor('worker').sort()).toEqual([
      'ApplyDefinitions',
      'CompleteAndLease',
      'Heartbeat',
      'Session',
      'WhoAmI',
    ]);
  });

  it('keeps tokens and the audit for admins, who may do everything', () => {
    expect(methodsFor('operator')).toEqual(
      expect.arrayContaining(['SubmitTask', 'CancelTaskInstance', 'PauseSchedule']),
    );
    for (const method of ['CreateToken', 'ListTokens', 'RevokeToken', 'ListAuditEntries']) {
      expect(ROLES_OF.get(`taskflow.v1.AccessService/${method}`)).toEqual(['admin']);
    }
    expect(methodsFor('admin')).toHaveLength(ROLES_OF.size);
  });

  it('names roles as people do', () => {
    expect(nameRoles(['admin'])).toBe('admin');
    expect(nameRoles(['admin', 'viewer', 'operator'])).toBe('viewer, operator or admin');
  });
});
