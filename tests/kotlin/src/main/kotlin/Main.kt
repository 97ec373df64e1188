// What an app does with the official Kotlin client: it signs up, writes, reads, embeds,
// calls a function, keeps files and hears what others do. It stands on the chat example
// and on tests/kotlin/files.sql, checks as it goes and prints its steps as JSON.
import io.github.jan.supabase.SupabaseClient
import io.github.jan.supabase.createSupabaseClient
import io.github.jan.supabase.auth.Auth
import io.github.jan.supabase.auth.MemoryCodeVerifierCache
import io.github.jan.supabase.auth.MemorySessionManager
import io.github.jan.supabase.auth.SignOutScope
import io.github.jan.supabase.auth.auth
import io.github.jan.supabase.auth.exception.AuthRestException
import io.github.jan.supabase.auth.providers.builtin.Email
import io.github.jan.supabase.exceptions.RestException
import io.github.jan.supabase.postgrest.Postgrest
import io.github.jan.supabase.postgrest.exception.PostgrestRestException
import io.github.jan.supabase.postgrest.from
import io.github.jan.supabase.postgrest.postgrest
import io.github.jan.supabase.postgrest.query.Columns
import io.github.jan.supabase.postgrest.query.Count
import io.github.jan.supabase.postgrest.query.Order
import io.github.jan.supabase.postgrest.query.filter.FilterOperator
import io.github.jan.supabase.realtime.PostgresAction
import io.github.jan.supabase.realtime.Realtime
import io.github.jan.supabase.realtime.broadcast
import io.github.jan.supabase.realtime.broadcastFlow
import io.github.jan.supabase.realtime.channel
import io.github.jan.supabase.realtime.postgresChangeFlow
import io.github.jan.supabase.realtime.realtime
import io.github.jan.supabase.realtime.track
import io.github.jan.supabase.storage.Storage
import io.github.jan.supabase.storage.resumable.MemoryResumableCache
import io.github.jan.supabase.storage.storage
import io.ktor.http.ContentType
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put

@Serializable data class Named(val name: String)
@Serializable data class Room(val id: Long, val name: String)
@Serializable data class Body(val body: String)
@Serializable data class Message(val body: String, val author: Named)
@Serializable data class RoomWithMessages(val name: String, val messages: List<Message>)

val url: String = System.getenv("PLINTH_URL")
val key: String = System.getenv("PLINTH_KEY")
val steps = mutableListOf<String>()

fun client(apiKey: String = key): SupabaseClient = createSupabaseClient(url, apiKey) {
    install(Auth) {
        autoLoadFromStorage = false
        alwaysAutoRefresh = false
        sessionManager = MemorySessionManager()
        codeVerifierCache = MemoryCodeVerifierCache()
    }
    install(Postgrest)
    install(Realtime)
    install(Storage) { resumable { cache = MemoryResumableCache() } }
}

suspend fun step(name: String, body: suspend () -> Unit) {
    steps += name
    System.err.println("step: $name")
    withTimeout(60.seconds) { body() }
}

fun <T> same(have: T, want: T) = check(have == want) { "${steps.last()}: $have, want $want" }

suspend inline fun <reified E : Throwable> fails(body: suspend () -> Any?): E {
    val got = try { body() } catch (e: Throwable) { if (e is E) return e else throw e }
    error("${steps.last()}: no error but $got")
}

// heard collects a flow from before the subscription on: the client asks for what is
// collected by then, and does not say when a flow is.
suspend fun <T> CoroutineScope.heard(flow: Flow<T>): Channel<T> {
    val out = Channel<T>(Channel.UNLIMITED)
    launch { flow.collect { out.send(it) } }
    delay(500)
    return out
}

fun main() {
    try {
        runBlocking(Dispatchers.Default) { coroutineScope { all(); coroutineContext.cancelChildren() } }
    } catch (e: Throwable) {
        e.printStackTrace()
        exitProcess(1)
    }
    println(buildJsonObject { put("steps", buildJsonArray { steps.forEach { add(kotlinx.serialization.json.JsonPrimitive(it)) } }) })
    exitProcess(0)
}

suspend fun CoroutineScope.all() {
    val ann = client()
    val bob = client()
    val password = "correct horse"

    step("sign-up, sign-in, refresh") {
        ann.auth.signUpWith(Email) {
            email = "ann@kotlin.example.com"
            this.password = password
            data = buildJsonObject { put("name", "Ann") }
        }
        same(ann.auth.currentUserOrNull()?.email, "ann@kotlin.example.com")
        val first = ann.auth.currentSessionOrNull()!!
        ann.auth.refreshCurrentSession()
        check(ann.auth.currentSessionOrNull()!!.refreshToken != first.refreshToken) { "the token was not rotated" }
        same(ann.auth.retrieveUserForCurrentSession().id, first.user!!.id)
        val fault = fails<AuthRestException> {
            bob.auth.signInWith(Email) { email = "ann@kotlin.example.com"; this.password = "wrong" }
        }
        same(fault.error, "invalid_credentials")
        bob.auth.signInAnonymously(data = buildJsonObject { put("name", "Bob") })
        same(bob.auth.currentUserOrNull()!!.role, "authenticated")
    }
    val me = ann.auth.currentUserOrNull()!!.id

    var room = Room(0, "")
    step("insert, one and many, with their rows") {
        room = ann.from("rooms").insert(buildJsonObject { put("name", "Kitchen") }) {
            select(Columns.list("id", "name"))
            single()
        }.decodeAs<Room>()
        same(room.name, "Kitchen")
        val made = ann.from("messages").insert(listOf("one", "two", "three").map {
            buildJsonObject { put("room_id", room.id); put("body", it) }
        }) { select(Columns.list("body")); count(Count.EXACT) }
        same(made.decodeList<Body>().map { it.body }, listOf("one", "two", "three"))
        same(made.countOrNull(), 3L)
    }

    step("reads with filters, logic, order, ranges and counts") {
        fun base() = ann.from("messages")
        val bodies = base().select(Columns.list("body"), ) {
            filter {
                eq("room_id", room.id)
                or { ilike("body", "T%"); eq("body", "none") }
                isIn("body", listOf("one", "two", "a,b"))
            }
        }.decodeList<Body>()
        same(bodies.map { it.body }, listOf("two"))
        val page = base().select(Columns.list("body")) {
            filter { eq("room_id", room.id); neq("body", "four") }
            order("body", Order.DESCENDING)
            range(0L..1L)
            count(Count.EXACT)
        }
        same(page.decodeList<Body>().map { it.body }, listOf("two", "three"))
        same(page.countOrNull(), 3L)
        same(base().select(Columns.list("body")) {
            filter { eq("room_id", room.id); and { filterNot("body", FilterOperator.EQ, "one"); filter("body", FilterOperator.IS, "null") } }
        }.decodeList<Body>(), listOf())
        val head = base().select { head = true; count(Count.EXACT); filter { eq("room_id", room.id) } }
        same(head.countOrNull(), 3L)
        same(base().select(Columns.list("body")) { filter { eq("body", "one") } }.decodeSingle<Body>().body, "one")
        same(base().select(Columns.list("body")) { filter { eq("body", "nothing") } }.decodeSingleOrNull<Body>(), null)
        fails<PostgrestRestException> { base().select { filter { eq("room_id", room.id) }; single() } }.also { same(it.code, "PGRST116") }
    }

    step("embeds") {
        val got = ann.from("rooms").select(Columns.raw("name, messages(body, author:profiles(name))")) {
            filter { eq("id", room.id) }
            order("body", Order.ASCENDING, referencedTable = "messages")
            limit(2, referencedTable = "messages")
        }.decodeSingle<RoomWithMessages>()
        same(got, RoomWithMessages("Kitchen", listOf(Message("one", Named("Ann")), Message("three", Named("Ann")))))
    }

    step("update, upsert, delete") {
        val renamed = ann.from("rooms").update({ set("name", "Garden") }) {
            select(Columns.list("id", "name"))
            filter { eq("id", room.id) }
        }.decodeSingle<Room>()
        same(renamed, Room(room.id, "Garden"))
        bob.from("members").upsert(buildJsonObject { put("room_id", room.id) }) {
            onConflict = "room_id,user_id"
            ignoreDuplicates = true
        }
        bob.from("members").upsert(buildJsonObject { put("room_id", room.id) }) {
            onConflict = "room_id,user_id"
            ignoreDuplicates = true
        }
        same(ann.from("members").select { filter { eq("room_id", room.id) } }.decodeList<JsonObject>().size, 2)
        same(ann.from("messages").delete { select(Columns.list("body")); filter { eq("body", "three") } }.decodeList<Body>(), listOf(Body("three")))
    }

    step("errors have codes") {
        fails<PostgrestRestException> {
            ann.from("messages").insert(buildJsonObject { put("room_id", room.id); put("body", "") })
        }.also { same(it.code, "23514") }
        fails<PostgrestRestException> { ann.from("nothing").select() }.also { same(it.code, "PGRST205") }
        fails<PostgrestRestException> { client().from("rooms").insert(buildJsonObject { put("name", "x") }) }.also { same(it.code, "42501") }
        same(client().from("rooms").select().decodeList<JsonObject>(), listOf())
    }

    step("functions") {
        same(ann.postgrest.rpc("is_member", buildJsonObject { put("room", room.id) }).decodeAs<Boolean>(), true)
        same(client().postgrest.rpc("is_member", buildJsonObject { put("room", room.id) }).decodeAs<Boolean>(), false)
        ann.postgrest.rpc("mark_read", buildJsonObject { put("room", room.id) })
    }

    step("files") {
        val mine = ann.storage.from("private")
        val path = "$me/hello-world.txt"
        val up = mine.upload(path, "hello".encodeToByteArray()) { contentType = ContentType.Text.Plain }
        same(up.path, path)
        same(mine.downloadAuthenticated(path).decodeToString(), "hello")
        fails<RestException> { mine.upload(path, "again".encodeToByteArray()) }
        mine.upload(path, "again".encodeToByteArray()) { upsert = true }
        same(mine.list(me).map { it.name }, listOf("hello-world.txt"))
        same(mine.exists(path), true)
        same(mine.exists("$me/none"), false)
        val signed = mine.createSignedUrl(path, 10.minutes)
        same(java.net.URI(signed).toURL().readText(), "again")
        fails<RestException> { bob.storage.from("private").downloadAuthenticated(path) }
        mine.copy(path, "$me/copy.txt")
        mine.move("$me/copy.txt", "$me/moved.txt")
        mine.delete(listOf(path, "$me/moved.txt"))
        same(mine.list(me), listOf())
        val big = ByteArray(300_000) { (it % 251).toByte() }
        val sent = mine.resumable.createOrContinueUpload(big, "phone", "$me/big.bin")
        sent.startOrResumeUploading()
        val done = CompletableDeferred<Unit>()
        val watch = launch { sent.stateFlow.collect { if (it.isDone) done.complete(Unit) } }
        done.await()
        watch.cancel()
        check(mine.downloadAuthenticated("$me/big.bin").contentEquals(big)) { "the resumable upload came back different" }
    }

    step("changes of rows, under the policies and a filter") {
        val channel = bob.channel("room-${room.id}")
        val changes = heard(channel.postgresChangeFlow<PostgresAction>(schema = "public") {
            table = "messages"
            filter("room_id", FilterOperator.EQ, room.id)
        })
        channel.subscribe(blockUntilSubscribed = true)
        ann.from("messages").insert(buildJsonObject { put("room_id", room.id); put("body", "live") })
        val came = changes.receive()
        check(came is PostgresAction.Insert) { "$came" }
        same(came.record["body"]!!.jsonPrimitive.content, "live")
        bob.realtime.removeChannel(channel)
    }

    step("rows that go tell their key, without a filter") {
        val channel = bob.channel("gone")
        val changes = heard(channel.postgresChangeFlow<PostgresAction.Delete>(schema = "public") { table = "messages" })
        channel.subscribe(blockUntilSubscribed = true)
        ann.from("messages").delete { filter { eq("body", "live") } }
        same(changes.receive().oldRecord.keys, setOf("id"))
        bob.realtime.removeChannel(channel)
    }

    step("changes of rows tell what was there before") {
        val channel = bob.channel("members")
        val changes = heard(channel.postgresChangeFlow<PostgresAction.Update>(schema = "public") { table = "members" })
        channel.subscribe(blockUntilSubscribed = true)
        ann.postgrest.rpc("mark_read", buildJsonObject { put("room", room.id) })
        val came = changes.receive()
        same(came.record["user_id"]!!.jsonPrimitive.content, me)
        check(came.oldRecord.isNotEmpty()) { "no old record" }
        bob.realtime.removeChannel(channel)
    }

    step("broadcast and presence") {
        val there = bob.channel("hall")
        val words = heard(there.broadcastFlow<JsonObject>("word"))
        val who = heard(there.presenceChangeFlow())
        there.subscribe(blockUntilSubscribed = true)
        val here = ann.channel("hall")
        here.subscribe(blockUntilSubscribed = true)
        here.broadcast("word", buildJsonObject { put("say", "hello") })
        same(words.receive()["say"]!!.jsonPrimitive.content, "hello")
        here.track(buildJsonObject { put("name", "Ann") })
        var joined = who.receive()
        while (joined.joins.isEmpty()) joined = who.receive()
        same(joined.joins.values.first().state["name"]!!.jsonPrimitive.content, "Ann")
        ann.realtime.removeChannel(here)
        var left = who.receive()
        while (left.leaves.isEmpty()) left = who.receive()
        same(left.leaves.values.first().state["name"]!!.jsonPrimitive.content, "Ann")
        bob.realtime.removeChannel(there)
    }

    step("sign-out ends the session") {
        ann.auth.signOut(SignOutScope.GLOBAL)
        same(ann.auth.currentSessionOrNull(), null)
        same(ann.from("rooms").select().decodeList<JsonObject>(), listOf())
    }
    ann.close()
    bob.close()
}
