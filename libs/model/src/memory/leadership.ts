import { statement, type MemoryStatements } from './statement.js';

export const LEADERSHIP_STATEMENTS: MemoryStatements = {
  leadership_ensure_seat: statement<[string]>((t, [name]) => {
    if (!t.seats.has(name)) t.seats.insert(name, { name, term: 0, holder: null, lease_until: -Infinity });
    return [];
  }),
  leadership_elect: statement<[string, string, number]>((t, [name, holder, leaseMs]) => {
    const seat = t.seats.get(name);
    if (seat === undefined || seat.lease_until >= t.now) return [];
    const { term } = t.seats.update(name, { term: seat.term + 1, holder, lease_until: t.now + leaseMs });
    return [{ term: String(term) }];
  }),
  leadership_resign: statement<[string, string, string]>((t, [name, term, holder]) => {
    const seat = t.seats.get(name);
    if (seat?.term !== Number(term) || seat.holder !== holder) return [];
    t.seats.update(name, { holder: null, lease_until: t.now - 1 });
    return [{}];
  }),
  leadership_fence_term: statement<[string, string]>((t, [name, term]) =>
    t.seats.get(name)?.term === Number(term) ? [{ term }] : [],
  ),
};
