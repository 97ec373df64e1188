// A chat on the official client: sign in, join the lobby, read, write, listen.
const KEY = 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH' // the key of every local project
const ROOM = 1

// Each window keeps its own session, so that two windows are two people.
const db = supabase.createClient(location.origin, KEY, { auth: { storage: sessionStorage } })
const $ = (id) => document.getElementById(id)
let me

function show(error) {
  $('error').hidden = !error
  $('error').textContent = error ? `${error.code ?? ''} ${error.message}` : ''
}

function add(message) {
  if (document.querySelector(`[data-id="${message.id}"]`)) return
  const li = document.createElement('li')
  li.dataset.id = message.id
  li.className = message.author_id === me.id ? 'mine' : ''
  const meta = document.createElement('div')
  meta.className = 'meta'
  meta.textContent = `${message.author?.name ?? '…'} · ${new Date(message.created_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}`
  const body = document.createElement('div')
  body.textContent = message.body
  li.append(meta, body)
  $('messages').append(li)
  li.scrollIntoView()
}

const COLUMNS = 'id, body, author_id, created_at, author:profiles(name)'

async function open(user) {
  me = user
  const name = user.user_metadata.name
  $('me').textContent = name
  const joined = await db.from('members').upsert({ room_id: ROOM }, { onConflict: 'room_id,user_id', ignoreDuplicates: true })
  if (joined.error) return show(joined.error)
  $('enter').hidden = true
  $('room').hidden = false
  db.channel('lobby')
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'messages', filter: `room_id=eq.${ROOM}` }, async ({ new: row }) => {
      const { data, error } = await db.from('messages').select(COLUMNS).eq('id', row.id).maybeSingle()
      if (data) add(data)
      else if (error) show(error)
    })
    .subscribe(async (status) => {
      document.body.dataset.status = status
      if (status !== 'SUBSCRIBED') return
      const { data, error } = await db.from('messages').select(COLUMNS).eq('room_id', ROOM).order('created_at').limit(50)
      show(error)
      data?.forEach(add)
    })
}

$('enter').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { data, error } = await db.auth.signInAnonymously({ options: { data: { name: $('name').value } } })
  show(error)
  if (data.user) open(data.user)
})

$('say').addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = $('body').value
  $('body').value = ''
  const { data, error } = await db.from('messages').insert({ room_id: ROOM, body }).select(COLUMNS).single()
  show(error)
  if (data) add(data)
})

db.auth.getSession().then(({ data }) => data.session && open(data.session.user))
