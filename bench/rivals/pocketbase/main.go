// Command pocketbase is PocketBase with the chat's collections: a stock server whose
// `seed` command fills a new data folder.
//
// Its settings are PocketBase's own, its request log included.
package main

import (
	"fmt"
	"log"
	"strconv"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"
)

func main() {
	app := pocketbase.New()
	app.RootCmd.AddCommand(&cobra.Command{
		Use: "seed LIST COUNT", Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := app.RunAllMigrations(); err != nil {
				return err
			}
			return app.RunInTransaction(func(tx core.App) error { return seed(tx, args) })
		},
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

const member = "room.members_via_room.user ?= @request.auth.id"

func seed(app core.App, sizes []string) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	users.ViewRule = types.Pointer(`@request.auth.id != ""`)
	users.ListRule = users.ViewRule
	if err := app.Save(users); err != nil {
		return err
	}
	rooms := core.NewBaseCollection("rooms")
	rooms.Fields.Add(&core.TextField{Name: "name", Required: true})
	if err := app.Save(rooms); err != nil {
		return err
	}
	members := core.NewBaseCollection("members")
	members.Fields.Add(
		&core.RelationField{Name: "room", CollectionId: rooms.Id, Required: true, MaxSelect: 1, CascadeDelete: true},
		&core.RelationField{Name: "user", CollectionId: users.Id, Required: true, MaxSelect: 1, CascadeDelete: true},
		&core.TextField{Name: "role"},
	)
	members.AddIndex("members_room_user", true, "room, user", "")
	members.AddIndex("members_user", false, "user", "")
	if err := app.Save(members); err != nil {
		return err
	}
	messages := core.NewBaseCollection("messages")
	messages.Fields.Add(
		&core.RelationField{Name: "room", CollectionId: rooms.Id, Required: true, MaxSelect: 1, CascadeDelete: true},
		&core.RelationField{Name: "author", CollectionId: users.Id, Required: true, MaxSelect: 1, CascadeDelete: true},
		&core.TextField{Name: "body", Required: true, Max: 2000},
		&core.AutodateField{Name: "created", OnCreate: true},
	)
	messages.AddIndex("messages_room_created", false, "room, created desc", "")
	messages.ListRule, messages.ViewRule = types.Pointer(member), types.Pointer(member)
	messages.CreateRule = types.Pointer("author = @request.auth.id && " + member)
	if err := app.Save(messages); err != nil {
		return err
	}
	// Rules that name other collections are set once these exist.
	rooms.ListRule = types.Pointer("members_via_room.user ?= @request.auth.id")
	rooms.ViewRule = rooms.ListRule
	members.ListRule, members.ViewRule = types.Pointer(member), types.Pointer(member)
	if err := app.Save(rooms); err != nil {
		return err
	}
	if err := app.Save(members); err != nil {
		return err
	}
	return rows(app, sizes)
}

func rows(app core.App, sizes []string) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	for u := range 11 {
		r := core.NewRecord(users)
		r.Id = fmt.Sprintf("u%014d", u)
		r.SetEmail(fmt.Sprintf("user%d@example.com", u))
		r.SetPassword("a long password")
		r.Set("name", fmt.Sprintf("User %d", u))
		if err := app.Save(r); err != nil {
			return err
		}
	}
	for room := 1; room <= 3; room++ {
		size := 0
		if room <= len(sizes) {
			if size, err = strconv.Atoi(sizes[room-1]); err != nil {
				return err
			}
		}
		run := func(sql string) error {
			_, err := app.DB().NewQuery(sql).Bind(dbx.Params{"room": fmt.Sprintf("r%014d", room), "n": room, "size": size}).Execute()
			return err
		}
		err := run(`insert into rooms (id, name) values ({:room}, 'Room ' || {:n})`)
		if err == nil {
			err = run(`insert into members (id, room, "user", role) select 'm' || {:n} || substr(id, 3), {:room}, id,
				iif(email = 'user0@example.com', 'owner', 'member') from users`)
		}
		if err == nil && size > 0 {
			err = run(`with recursive c(n) as (select 0 union all select n + 1 from c where n + 1 < {:size})
				insert into messages (id, room, author, body, created)
				select printf('m%d%013d', {:n}, n), {:room}, printf('u%014d', 1 + n % 10),
					'message number ' || n || ', about as long as a message in a chat usually is',
					strftime('%Y-%m-%d %H:%M:%S', 1767225600 + n, 'unixepoch') || '.000Z' from c`)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
