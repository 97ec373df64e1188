package target

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
)

func pocketbase(ctx context.Context, h Home) (*Running, error) {
	r := &Running{DataSize: func() (int64, error) { return proc.DirSize(h.Dir) }}
	bin := filepath.Join(filepath.Dir(h.Binary), "bench", "pocketbase")
	seed := exec.CommandContext(ctx, bin, "seed", fmt.Sprint(h.Sizes.List), fmt.Sprint(h.Sizes.Count), "--dir", h.Dir)
	if out, err := seed.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("seed: %w: %s", err, out)
	}
	if err := r.serve(ctx, proc.Command{Path: bin, Args: []string{"serve", "--http=127.0.0.1:{port}", "--dir", h.Dir}, Health: "/api/health"}); err != nil {
		return nil, err
	}
	a := &pocketAPI{sizes: h.Sizes}
	r.api = a
	return r, r.signIn(&a.header)
}

type pocketAPI struct {
	sizes  Sizes
	header string
}

func pocketID(prefix string, n int) string { return fmt.Sprintf("%s%014d", prefix, n) }

func (a *pocketAPI) request(op Op, n int) drive.Request {
	get := func(path string) drive.Request {
		return drive.Request{Method: "GET", Path: "/api/collections/" + path, Header: a.header}
	}
	switch op {
	case SignIn:
		return drive.Request{Method: "POST", Path: "/api/collections/users/auth-with-password", Body: `{"identity":"` + email(0) + `","password":"` + password + `"}`}
	case Get:
		return get(fmt.Sprintf("messages/records/m%d%013d?fields=id,body,created", ListRoom, n%a.sizes.List))
	case List:
		return get("messages/records?perPage=50&skipTotal=1&sort=-created&expand=author&fields=id,body,created,expand.author.id,expand.author.name&filter=room%3D%22" + pocketID("r", ListRoom) + "%22")
	case Count:
		return get("messages/records?perPage=1&fields=id&filter=room%3D%22" + pocketID("r", CountRoom) + "%22")
	case Nested:
		return get("rooms/records?perPage=5&skipTotal=1&sort=id&expand=members_via_room.user&fields=id,name,expand.members_via_room.role,expand.members_via_room.expand.user.name")
	}
	return drive.Request{Method: "POST", Path: "/api/collections/messages/records?fields=id,body,created", Header: a.header,
		Body: fmt.Sprintf(`{"room":"%s","author":"%s","body":"%s"}`, pocketID("r", InsertRoom), pocketID("u", 0), Inserted(n))}
}

// pocketRecord is a record with what is expanded in it.
type pocketRecord struct {
	ID, Body, Name string
	Expand         struct {
		Author, User   struct{ Name string }
		MembersViaRoom []pocketRecord `json:"members_via_room"`
	}
}

func (a *pocketAPI) read(op Op, ans drive.Answer) (answer, error) {
	var page struct {
		Token      string
		TotalItems int
		Items      []pocketRecord
	}
	out := answer{rooms: map[string][]string{}}
	if op == Get || op == Insert {
		page.Items = make([]pocketRecord, 1)
		if err := json.Unmarshal(ans.Body, &page.Items[0]); err != nil {
			return out, err
		}
	} else if err := json.Unmarshal(ans.Body, &page); err != nil {
		return out, err
	}
	if op == SignIn && page.Token == "" {
		return out, errShape
	}
	out.count = page.TotalItems
	for _, i := range page.Items {
		out.rows = append(out.rows, row{i.ID, i.Body, i.Expand.Author.Name})
		for _, m := range i.Expand.MembersViaRoom {
			out.rooms[i.Name] = append(out.rooms[i.Name], m.Expand.User.Name)
		}
	}
	return out, nil
}
