insert into auth.users (id, aud, role, email)
values
  ('11111111-0000-4000-8000-000000000001', 'authenticated', 'authenticated', 'sue@example.com'),
  ('11111111-0000-4000-8000-000000000002', 'authenticated', 'authenticated', 'bob@example.com'),
  ('11111111-0000-4000-8000-000000000003', 'authenticated', 'authenticated', 'eve@example.com');

insert into public.profiles (id, display_name, is_seller)
values
  ('11111111-0000-4000-8000-000000000001', 'Sue''s Shop', true),
  ('11111111-0000-4000-8000-000000000002', 'Bob', false),
  ('11111111-0000-4000-8000-000000000003', 'Eve', false);

insert into public.products (seller_id, name, description, price, stock, tags, attributes, published)
values
  ('11111111-0000-4000-8000-000000000001', 'Blue mug', 'A mug for running in the morning, and for coffee.', 1250, 5, '{kitchen,blue}', '{"volume": 0.35, "glazed": true}', true),
  ('11111111-0000-4000-8000-000000000001', 'Running shoes', 'Light shoes.', 8999, 2, '{sport}', '{"sizes": [38, 39, 40]}', true),
  ('11111111-0000-4000-8000-000000000001', 'Secret thing', 'Not yet.', 100, 9, '{}', '{}', false);
