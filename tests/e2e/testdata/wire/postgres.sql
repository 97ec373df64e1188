-- Types that only Postgres has.
create extension if not exists postgis with schema extensions;
create table bookings (id int primary key, during int4range not null);
insert into bookings values (1, '[1,5)'), (2, '[5,9)'), (3, '[20,30)');
create table shops (id int primary key, name text, spot extensions.geometry(Point, 4326));
insert into shops values (1, 'corner', 'SRID=4326;POINT(1 2)'), (2, 'market', 'SRID=4326;POINT(3 4)');
