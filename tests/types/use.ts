// Uses the types of the shop project as an application would. It is compiled, never run.
import { createClient } from '@supabase/supabase-js'
import { Constants, type Database, type Enums, type Tables, type TablesInsert, type TablesUpdate } from './types'

type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const yes = <T extends true>(_?: T) => {}

const db = createClient<Database>('http://127.0.0.1:54321', 'key')

export async function use() {
  const people = await db.from('customers').select('id, name, born, tags').eq('name', 'Ann').single()
  if (people.data) {
    yes<Is<typeof people.data.id, string>>()
    yes<Is<typeof people.data.born, string | null>>()
    yes<Is<typeof people.data.tags, string[]>>()
  }
  // @ts-expect-error a column that is not there
  await db.from('customers').select('id').eq('nothing', 1)
  // @ts-expect-error a generated column cannot be written
  await db.from('customers').insert({ name: 'Ann', slug: 'ann' })
  // @ts-expect-error name is required
  await db.from('customers').insert({ mail: 'a@b.c', born: '2000-01-01' })
  await db.from('customers').insert({ mail: 'a@b.c', name: 'Ann' })

  const orders = await db.schema('app').from('orders').select('id, state, items(title, price)')
  for (const o of orders.data ?? []) {
    yes<Is<typeof o.state, 'open' | 'paid' | 'sent'>>()
    yes<Is<(typeof o.items)[number]['price'], number | null>>()
  }
  const found = await db.rpc('search', { q: 'x' })
  yes<Is<NonNullable<typeof found.data>[number]['found'], string>>()
  // @ts-expect-error q is required
  await db.rpc('search', { n: 1 })
  const mine = await db.rpc('mine')
  yes<Is<NonNullable<typeof mine.data>[number]['total'], number>>()
}

const row: Tables<'customers'>['name'] = 'Ann'
const more: TablesInsert<'customers'> = { mail: 'a@b.c', name: row }
const change: TablesUpdate<'customers'> = { name: 'Bob' }
const other: Tables<{ schema: 'app' }, 'orders'>['total'] = 1
const state: Enums<{ schema: 'app' }, 'state'> = Constants.app.Enums.state[0]
export const all = [more, change, other, state]
