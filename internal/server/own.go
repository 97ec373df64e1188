package server

import (
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/content"
)

var errLost = fault.New(fault.NotFound, "no_such_path", "nothing is served at this path").
	WithHint("The services are under /rest/v1, /auth/v1, /realtime/v1 and /storage/v1.")

var errDraining = fault.New(fault.Unavailable, "draining", "this server is about to stop").
	WithHint("Ask another one: whoever sends clients here has not looked at /readyz yet.")

func lost(http.ResponseWriter, *http.Request) error { return errLost }

func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.nodes.draining.Load() {
		return errDraining
	}
	rows, err := s.db.Query(r.Context(), db.Owner, `select 1`)
	if err != nil {
		return fault.New(fault.Unavailable, "not_ready", "the database does not answer").WithCause(err)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

func (s *Server) root(w http.ResponseWriter, _ *http.Request) error {
	return wire.WriteJSON(w, http.StatusOK, map[string]string{
		"name": "plinth", "rest": "/rest/v1", "auth": "/auth/v1", "realtime": "/realtime/v1",
	})
}

// page serves the files of a project's web page, and nothing outside its folder. policy is
// its Content-Security-Policy.
func page(dir, policy string) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Referrer-Policy", "strict-origin-when-cross-origin")
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return errLost.WithCause(err)
		}
		defer root.Close()
		if text(w, r, root) {
			return nil
		}
		http.FileServerFS(root.FS()).ServeHTTP(w, r)
		return nil
	}
}

const maxText = 4 << 20 // bytes of a file that is sent from memory

// text serves a file of text whole, with its ETag and compressed. It reports false, and has
// done nothing, for every other request.
func text(w http.ResponseWriter, r *http.Request, root *os.Root) bool {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if r.Method != http.MethodGet || r.Header.Get("Range") != "" || path.Base(r.URL.Path) == "index.html" || !content.Pays(kind) {
		return false
	}
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() || st.Size() < content.Least || st.Size() > maxText {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(f, maxText))
	if err != nil {
		return false
	}
	w.Header().Set("Content-Type", kind)
	content.Write(w, r, http.StatusOK, body)
	return true
}
