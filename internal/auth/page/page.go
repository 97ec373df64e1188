// Package page reads which page of a list is asked for, and tells where the others are,
// as GoTrue does.
package page

import (
	"fmt"
	"net/http"
	"strconv"
)

const maxSize = 1000

// Page is a page of a list.
type Page struct{ Number, Size int }

// Of reads page and per_page.
func Of(r *http.Request) Page {
	return Page{number(r, "page", 1), min(number(r, "per_page", 50), maxSize)}
}

func number(r *http.Request, name string, or int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 1 || n > 1_000_000 {
		return or
	}
	return n
}

// Offset is how many items stand before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// Headers tells how many items the list at address has, and where its next and last
// page are. page must be the first value in the links, since the official client reads
// what follows the first equals sign.
func (p Page) Headers(w http.ResponseWriter, address string, total int) {
	last := max((total+p.Size-1)/p.Size, 1)
	link := func(n int, rel string) string {
		return fmt.Sprintf(`<%s?page=%d&per_page=%d>; rel="%s"`, address, n, p.Size, rel)
	}
	text := link(last, "last")
	if p.Number < last {
		text = link(p.Number+1, "next") + ", " + text
	}
	w.Header().Set("Link", text)
	w.Header().Set("X-Total-Count", strconv.Itoa(total))
}
