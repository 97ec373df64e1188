-- The price is the product's at the moment it is put into the order, and the stock
-- goes down with it. Nobody buys what is not there.
create function public.take_stock()
returns trigger
language plpgsql
security definer
set search_path = public
as $$
declare
  p products%rowtype;
  wanted integer;
begin
  if tg_op = 'DELETE' then
    update products set stock = stock + old.quantity where id = old.product_id;
    return old;
  end if;
  wanted := new.quantity;
  if tg_op = 'UPDATE' then
    if new.product_id <> old.product_id or new.order_id <> old.order_id then
      raise exception 'an item keeps its product and its order' using errcode = 'P0001';
    end if;
    wanted := new.quantity - old.quantity;
  end if;
  update products set stock = stock - wanted
   where id = new.product_id and published and stock >= wanted
  returning * into p;
  if not found then
    select * into p from products where id = new.product_id;
    if p.id is null then
      raise exception 'there is no product %', new.product_id using errcode = 'foreign_key_violation';
    end if;
    raise exception 'only % of "%" left', p.stock, p.name
      using errcode = 'P0001',
            detail = format('%s wanted, %s there', wanted, p.stock),
            hint = 'Take fewer.';
  end if;
  if tg_op = 'INSERT' then
    new.unit_price := p.price;
  end if;
  return new;
end;
$$;
create trigger order_items_take_stock before insert or update or delete on public.order_items
  for each row execute function public.take_stock();

-- The total of an order is kept by its items, however many a statement changes.
create function public.sum_orders()
returns trigger
language plpgsql
security definer
set search_path = public
as $$
begin
  update orders o
     set total = s.total, item_count = s.items
    from (
      select t.order_id, coalesce(sum(i.amount), 0)::bigint as total, count(i.product_id)::int as items
        from (select distinct order_id from touched) t
        left join order_items i on i.order_id = t.order_id
       group by t.order_id
    ) s
   where o.id = s.order_id;
  return null;
end;
$$;
create trigger order_items_sum_insert after insert on public.order_items
  referencing new table as touched for each statement execute function public.sum_orders();
create trigger order_items_sum_update after update on public.order_items
  referencing new table as touched for each statement execute function public.sum_orders();
create trigger order_items_sum_delete after delete on public.order_items
  referencing old table as touched for each statement execute function public.sum_orders();

-- An order goes forward only.
create function public.guard_status()
returns trigger
language plpgsql
as $$
begin
  case
    when new.status = old.status then
      return new;
    when old.status = 'draft' and new.status in ('placed', 'cancelled') then
      if new.status = 'placed' and new.item_count = 0 then
        raise exception 'an empty order is not placed';
      end if;
    when old.status = 'placed' and new.status in ('paid', 'cancelled') then
      null;
    when old.status = 'paid' and new.status = 'shipped' then
      null;
    else
      raise exception 'an order does not go from % to %', old.status, new.status using errcode = 'check_violation';
  end case;
  return new;
end;
$$;
create trigger orders_guard_status before update of status on public.orders
  for each row execute function public.guard_status();

-- The whole cart in one call, or nothing of it.
create function public.place_order(items jsonb, note text default null)
returns public.orders
language plpgsql
set search_path = public
as $$
declare
  o orders;
  item record;
  n int;
begin
  if jsonb_typeof(items) is distinct from 'array' or jsonb_array_length(items) = 0 then
    raise exception using errcode = '22023', message = 'the cart is empty';
  end if;
  insert into orders (note) values (place_order.note) returning * into o;
  for item in
    select (x ->> 'product_id')::bigint as product_id, sum((x ->> 'quantity')::int) as quantity
      from jsonb_array_elements(items) as x
     group by 1 order by 1
  loop
    insert into order_items (order_id, product_id, quantity) values (o.id, item.product_id, item.quantity);
  end loop;
  update orders set status = 'placed' where id = o.id returning * into o;
  get diagnostics n = row_count;
  assert n = 1, 'the order is there';
  return o;
end;
$$;

create function public.search_products(query text, tag text default null)
returns setof public.products
language sql
stable
as $$
  select p.* from public.products p
   where p.search @@ websearch_to_tsquery('english', query)
     and (tag is null or tag = any (p.tags))
   order by ts_rank(p.search, websearch_to_tsquery('english', query)) desc, p.id;
$$;

-- A computed column: /products?select=name,average_stars
create function public.average_stars(public.products)
returns numeric
language sql
stable
as $$
  select round(avg(stars), 1) from public.reviews where product_id = $1.id;
$$;

create view public.seller_sales with (security_invoker = on) as
  select p.seller_id, p.id as product_id, p.name,
         coalesce(sum(i.quantity) filter (where o.status <> 'cancelled'), 0) as sold,
         coalesce(sum(i.amount) filter (where o.status <> 'cancelled'), 0) as earned,
         row_number() over (partition by p.seller_id order by coalesce(sum(i.amount), 0) desc, p.id) as place
    from public.products p
    left join public.order_items i on i.product_id = p.id
    left join public.orders o on o.id = i.order_id
   group by p.id;

-- Whether the caller sells something in an order; it looks past the policies of items,
-- which look at orders in turn.
create function public.sells_in(order_id bigint)
returns boolean
language sql
stable
security definer
set search_path = public
as $$
  select exists (
    select 1 from order_items i join products p on p.id = i.product_id
     where i.order_id = sells_in.order_id and p.seller_id = (select auth.uid())
  );
$$;

alter table public.profiles enable row level security;
alter table public.products enable row level security;
alter table public.orders enable row level security;
alter table public.order_items enable row level security;
alter table public.reviews enable row level security;
revoke update on public.orders from anon, authenticated;
grant update (status, note) on public.orders to authenticated;
revoke insert, update on public.order_items from anon, authenticated;
grant insert (order_id, product_id, quantity), update (quantity) on public.order_items to authenticated;

create policy "Everyone sees profiles." on public.profiles for select using (true);
create policy "Everyone sees what is for sale; sellers see theirs." on public.products for select
  using (published or seller_id = (select auth.uid()));
create policy "Sellers offer." on public.products for insert to authenticated
  with check (seller_id = (select auth.uid())
    and exists (select 1 from public.profiles p where p.id = (select auth.uid()) and p.is_seller));
create policy "Sellers change theirs." on public.products for update to authenticated
  using (seller_id = (select auth.uid())) with check (seller_id = (select auth.uid()));

create policy "Buyers see their orders, sellers those with their products." on public.orders for select to authenticated
  using (buyer_id = (select auth.uid()) or public.sells_in(id));
create policy "Buyers order." on public.orders for insert to authenticated
  with check (buyer_id = (select auth.uid()) and status = 'draft' and total = 0);
create policy "Buyers change their orders." on public.orders for update to authenticated
  using (buyer_id = (select auth.uid()) and status in ('draft', 'placed'))
  with check (buyer_id = (select auth.uid()) and status in ('draft', 'placed', 'cancelled'));
create policy "Buyers see and change items." on public.order_items for all to authenticated
  using (exists (select 1 from public.orders o where o.id = order_id and o.buyer_id = (select auth.uid())))
  with check (exists (select 1 from public.orders o where o.id = order_id and o.buyer_id = (select auth.uid()) and o.status = 'draft'));
create policy "Sellers see what was bought of them." on public.order_items for select to authenticated
  using (product_id in (select p.id from public.products p where p.seller_id = (select auth.uid())));

create policy "Everyone reads reviews." on public.reviews for select using (true);
create policy "Who bought it, reviews it." on public.reviews for insert to authenticated
  with check (author_id = (select auth.uid()) and exists (
    select 1 from public.order_items i join public.orders o on o.id = i.order_id
     where i.product_id = reviews.product_id and o.buyer_id = (select auth.uid()) and o.status not in ('draft', 'cancelled')));
