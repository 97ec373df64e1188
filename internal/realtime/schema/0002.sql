-- What the server itself broadcasts: rows of realtime.messages, sent once they are
-- committed and kept for three days. A failure is a warning, so that it does not undo
-- what it was to tell of.
alter table realtime.messages add column binary_payload bytea;
create index messages_topic_idx on realtime.messages (topic, inserted_at);
create index messages_inserted_at_idx on realtime.messages (inserted_at);

create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void language plpgsql as $$
declare
  fresh uuid := gen_random_uuid();
begin
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (fresh, case when jsonb_typeof(send.payload) = 'object' and not send.payload ? 'id' then send.payload || jsonb_build_object('id', fresh) else send.payload end,
    send.event, send.topic, send.private, 'broadcast');
exception when others then
  raise warning 'a broadcast to % was not sent: %', send.topic, sqlerrm;
end $$;

create function realtime.send_binary(payload bytea, event text, topic text, private boolean default true) returns void language plpgsql as $$
begin
  insert into realtime.messages (binary_payload, event, topic, private, extension)
  values (send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast');
exception when others then
  raise warning 'a broadcast to % was not sent: %', send_binary.topic, sqlerrm;
end $$;

create function realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record, level text default 'ROW')
returns void language plpgsql as $$
begin
  if level <> 'ROW' then
    raise exception 'broadcast_changes belongs into triggers for each row, not for each statement';
  end if;
  perform realtime.send(jsonb_build_object('schema', table_schema, 'table', table_name, 'operation', operation, 'record', to_jsonb(new), 'old_record', to_jsonb(old)), event_name, topic_name);
end $$;

grant execute on function realtime.send(jsonb, text, text, boolean) to anon, authenticated, service_role;
grant execute on function realtime.send_binary(bytea, text, text, boolean) to anon, authenticated, service_role;
grant execute on function realtime.broadcast_changes(text, text, text, text, text, record, record, text) to anon, authenticated, service_role;
