-- A bot owns the first room, so that the chat is not empty on the first start.
insert into auth.users (instance_id, id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
values (
  '00000000-0000-0000-0000-000000000000', 'b0b0b0b0-0000-4000-8000-000000000001', 'authenticated', 'authenticated',
  'bot@example.com', '{"provider": "email", "providers": ["email"]}', '{"name": "Bot"}', now(), now()
);

insert into public.rooms (name, owner) values ('Lobby', 'b0b0b0b0-0000-4000-8000-000000000001');

insert into public.messages (room_id, author_id, body)
values (1, 'b0b0b0b0-0000-4000-8000-000000000001', 'Welcome. Open a second window and say hello.');
