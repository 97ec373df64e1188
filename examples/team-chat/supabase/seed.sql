insert into auth.users (id, aud, role, email, raw_user_meta_data)
values
  ('8d0fd2b3-9ca7-4d9e-a95f-9e13dded323e', 'authenticated', 'authenticated', 'ada+admin@example.com', '{}'),
  ('2f0c1c7e-5c36-4f58-8a52-2d4f8f7c3a11', 'authenticated', 'authenticated', 'max+mod@example.com', '{}'),
  ('b7a1f0d4-0d6b-4c59-9a0e-64d0cf6a9c22', 'authenticated', 'authenticated', 'zoe@example.com', '{}');

insert into auth.users (id, aud, role, is_anonymous, raw_user_meta_data)
values ('c4d2a9e6-73b1-4a0f-9c55-1b2e6f7d8a33', 'authenticated', 'authenticated', true, '{}');

insert into public.channels (slug, created_by)
values ('general', '8d0fd2b3-9ca7-4d9e-a95f-9e13dded323e'), ('random', '8d0fd2b3-9ca7-4d9e-a95f-9e13dded323e');

insert into public.messages (message, channel_id, user_id)
select v.message, c.id, v.user_id::uuid
  from (values
    ('general', 'Welcome.', '8d0fd2b3-9ca7-4d9e-a95f-9e13dded323e'),
    ('general', 'Hello all!', 'b7a1f0d4-0d6b-4c59-9a0e-64d0cf6a9c22'),
    ('random', 'Lunch?', '2f0c1c7e-5c36-4f58-8a52-2d4f8f7c3a11')
  ) as v (slug, message, user_id)
  join public.channels c using (slug)
 order by v.slug, v.message desc;
