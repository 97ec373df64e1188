package storage

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

type listBody struct {
	Prefix string `json:"prefix"`
	Limit  *int   `json:"limit"`
	Offset int    `json:"offset"`
	Search string `json:"search"`
	SortBy sortBy `json:"sortBy"`
}

type sortBy struct {
	Column string `json:"column"`
	Order  string `json:"order"`
}

// entry is a file of a listing, or a folder, which has a name only.
type entry struct {
	Name     string          `json:"name"`
	ID       *string         `json:"id"`
	Updated  moment          `json:"updated_at"`
	Created  moment          `json:"created_at"`
	Accessed moment          `json:"last_accessed_at"`
	Metadata json.RawMessage `json:"metadata"`
}

const (
	defaultList = 100
	maxList     = 10_000
)

// normalize fills in what the request left out, and refuses what is not in the wire.
func (o *sortBy) normalize(columns ...string) error {
	if o.Column == "" {
		o.Column = "name"
	}
	if o.Order == "" {
		o.Order = "asc"
	}
	o.Order = strings.ToLower(o.Order)
	for _, c := range columns {
		if o.Column == c && (o.Order == "asc" || o.Order == "desc") {
			return nil
		}
	}
	return errParameter("sortBy")
}

// list shows one folder: its folders first, then its files.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	var in listBody
	if err := wire.DecodeJSON(w, r, maxJSON, &in); err != nil {
		return err
	}
	bucket, limit := r.PathValue("bucket"), defaultList
	if in.Limit != nil {
		limit = min(*in.Limit, maxList)
	}
	if limit < 1 || in.Offset < 0 {
		return errParameter("limit")
	}
	err := in.SortBy.normalize("name", "updated_at", "created_at", "last_accessed_at")
	if err == nil {
		err = checkBucket(bucket)
	}
	if err != nil {
		return err
	}
	l := &level{q: s.as(r), bucket: bucket, folder: folderOf(in.Prefix), search: escapeLike(in.Search) + "%", order: in.SortBy}
	out, err := l.page(r.Context(), limit, in.Offset)
	if err != nil {
		return err
	}
	return wire.WriteLong(w, r, out)
}

// folderOf returns a prefix as a folder's name, "" or with a slash at its end.
func folderOf(prefix string) string {
	prefix = strings.Trim(prefix, "/")
	if prefix == "" {
		return ""
	}
	return prefix + "/"
}

// level is one folder of a bucket, as an actor sees it.
type level struct {
	q      querier
	bucket string
	folder string
	search string // a pattern for names within the folder
	order  sortBy
}

// The names of a folder are a range of the index: from the folder's own name to the
// first name that is greater than all of its. '0' follows '/'.
func (l *level) bounds() (from, to string) {
	if l.folder == "" {
		return "", top
	}
	return l.folder, strings.TrimSuffix(l.folder, "/") + "0"
}

// top is greater than every name.
const top = "\U0010FFFF"

// byName orders names by their bytes, whatever the database's own order is: the ranges
// of a folder hold in that order only.
const byName = `name collate "C" `

// The first name below a folder that lies in a folder of its own. Jumping from one
// to the end of the next keeps the cost at one look for a folder, however full it is.
const (
	sqlNextFolder = `select name from storage.objects
 where bucket_id = $1 and name collate "C" >= $2 and name collate "C" < $3 and strpos(substr(name, $4::int), '/') > 0 and substr(name, $4::int) ilike $5
 order by name collate "C" limit 1`
	sqlFiles = `select name, id, updated_at, created_at, last_accessed_at, metadata from storage.objects
 where bucket_id = $1 and name collate "C" >= $2 and name collate "C" < $3 and strpos(substr(name, $4::int), '/') = 0 and substr(name, $4::int) ilike $5
 order by `
)

func (l *level) page(ctx context.Context, limit, offset int) ([]entry, error) {
	out := []entry{}
	folders, err := l.folders(ctx)
	if err != nil {
		return nil, err
	}
	if l.order.Order == "desc" && l.order.Column == "name" {
		for i, j := 0, len(folders)-1; i < j; i, j = i+1, j-1 {
			folders[i], folders[j] = folders[j], folders[i]
		}
	}
	for i := offset; i < len(folders) && len(out) < limit; i++ {
		out = append(out, entry{Name: folders[i]})
	}
	if len(out) == limit {
		return out, nil
	}
	files, err := l.files(ctx, limit-len(out), max(0, offset-len(folders)))
	return append(out, files...), err
}

// skip is where, counted in characters from 1, names within the folder begin.
func (l *level) skip() int { return utf8.RuneCountInString(l.folder) + 1 }

func (l *level) folders(ctx context.Context) ([]string, error) {
	var out []string
	from, to := l.bounds()
	for {
		name := ""
		err := each(ctx, l.q, func(r *db.Rows) { name = r.Value(0).S }, sqlNextFolder, l.bucket, from, to, l.skip(), l.search)
		if err != nil || name == "" {
			return out, err
		}
		folder, _, _ := strings.Cut(name[len(l.folder):], "/")
		out = append(out, folder)
		from = l.folder + folder + "0"
	}
}

func (l *level) files(ctx context.Context, limit, offset int) ([]entry, error) {
	var out []entry
	from, to := l.bounds()
	order := byName + l.order.Order
	if l.order.Column != "name" {
		order = l.order.Column + " " + l.order.Order + ", " + order
	}
	err := each(ctx, l.q, func(r *db.Rows) {
		v := r.Row()
		out = append(out, entry{
			Name: v[0].S[len(l.folder):], ID: text(v[1]), Updated: moment{v[2]}, Created: moment{v[3]},
			Accessed: moment{v[4]}, Metadata: object(v[5]),
		})
	}, sqlFiles+order+` limit $6::bigint offset $7::bigint`, l.bucket, from, to, l.skip(), l.search, limit, offset)
	return out, err
}
