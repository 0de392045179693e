/**
 * Makes a database live in our time: what the statements of libs/store call `clock_timestamp()`, `statement_timestamp()` and
 * `now()` is found in a schema before Postgres's own, and reads a row that the story moves on. New connections only.
 *
 * @param database its name
 */
export function ownClock(database: string): string {
  return `
create schema model;
create table model.clock (moment timestamptz not null);
insert into model.clock values ('epoch');
${['clock_timestamp', 'statement_timestamp', 'now'].map(timeFunction).join('')}
do $$
declare c record;
begin
  for c in select table_name, column_name from information_schema.columns
            where table_schema = 'public' and column_default like '%clock_timestamp()%'
  loop
    execute format('alter table public.%I alter column %I set default model.clock_timestamp()', c.table_name, c.column_name);
  end loop;
end $$;

create table model.hints (
  seq bigint generated always as identity primary key, id bigint, workflow_instance_id bigint, node_key text
);
create function model.note_hint() returns trigger language plpgsql as $$
begin
  insert into model.hints (id, workflow_instance_id, node_key)
  select new.id, new.workflow_instance_id, r.node_key
    from public.task_records r where r.id = new.task_instance_id and r.status = 'success';
  return null;
end $$;
create trigger note_hint after insert on public.workflow_changes for each row execute function model.note_hint();
alter database ${database} set search_path = model, pg_catalog, public`;
}

function timeFunction(name: string): string {
  return `create function model.${name}() returns timestamptz language sql volatile as 'select moment from model.clock';\n`;
}
