import { physicalTransitions, WORKFLOW_TRANSITIONS } from '@taskflow/domain';

type Pair = { from: string; to: string };

/** SQL that makes a test database refuse every change of a status that libs/domain does not allow. */
export function transitionGuards(): string {
  const workflowPairs = Object.entries(WORKFLOW_TRANSITIONS).flatMap(([from, events]) =>
    Object.values(events ?? {}).map((to) => ({ from, to: String(to) })),
  );
  return guard('task_records', physicalTransitions()) + guard('workflow_instances', workflowPairs);
}

function guard(table: string, pairs: readonly Pair[]): string {
  const allowed = pairs.map(({ from, to }) => `('${from}', '${to}')`).join(', ');
  return `
create function refuse_transition_${table}() returns trigger language plpgsql as $$
declare
  before text := case tg_op when 'INSERT' then 'none' else old.status end;
begin
  if before is distinct from new.status and (before, new.status) not in (${allowed}) then
    raise exception '${table} %: no transition from % to %', new.id, before, new.status
      using hint = 'The transition tables are in libs/domain/src/state.';
  end if;
  return new;
end
$$;
create trigger refuse_transition before insert or update of status on ${table}
  for each row execute function refuse_transition_${table}();
`;
}
