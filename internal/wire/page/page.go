// Package page serves the files of a project's own web page: text with its ETag and
// compressed, everything else as net/http does. It is for files that everybody may read.
package page

import (
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/content"
)

// Handler serves the files in dir, and nothing outside. policy is their
// Content-Security-Policy, "" for none; lost is the fault where dir is gone.
func Handler(dir, policy string, lost *fault.Error) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Referrer-Policy", "strict-origin-when-cross-origin")
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return lost.WithCause(err)
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
