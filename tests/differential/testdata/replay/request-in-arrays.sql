-- found by request seed 0
-- schema
create table t1 (
  id text primary key
);
create table t3 (
  id int primary key,
  owner uuid,
  r1 text not null references t1 on delete set null,
  a int[] default '{12}'
);
-- as u2
GET /t3?select=r1%2C%2A%2Cowner%2Ce2%3At1%21t3_r1_fkey%21inner%28%2A%29&id=neq.3&a=in.%28%22%7B12%7D%22%2C%22%7B%7D%22%29&order=id |  | ;
