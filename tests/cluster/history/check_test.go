package history

import (
	"strings"
	"testing"
)

func told(client, n int) Event { return Event{Told: &Row{client, n}} }

func fetched(rows ...Row) Event {
	e := Event{Fetched: map[Row]bool{}}
	for _, r := range rows {
		e.Fetched[r] = true
	}
	return e
}

// good is a history without a fault: one watcher was there all the time, the other one
// was told to fetch again.
func good() (*History, []Row) {
	h := &History{
		Gatherings: []Gathering{
			{"at the start", map[string]Set{"a": {"ann": true}, "b": {"ann": true}}, map[string]Set{"a": {"ann": true}, "b": {"ann": true}}},
			{"when a is cut off", map[string]Set{"b": {}}, map[string]Set{"a": {"ann": true}, "b": {}}},
		},
		Due: map[string]string{"1": "sweep", "2": "sweep"}, Runs: map[string]int{"1": 1, "2": 1},
	}
	for _, w := range []Write{{1, 1, Acknowledged}, {2, 1, Acknowledged}, {1, 2, Unknown}, {1, 3, Acknowledged}, {2, 2, Refused}, {2, 3, Unknown}} {
		h.Wrote(w)
	}
	for _, e := range []Event{fetched(), told(1, 1), told(2, 1), told(1, 2), told(1, 3)} {
		h.Saw("a", e)
	}
	for _, e := range []Event{fetched(), told(1, 1), fetched(Row{1, 1}, Row{2, 1}), told(2, 1), told(1, 2), told(1, 3)} {
		h.Saw("b", e)
	}
	for _, p := range []Presence{{State: Roll{}}, {Joins: Roll{"1": "ann"}}, {Leaves: Roll{"1": "ann"}, Joins: Roll{"2": "ann"}}, {State: Roll{"2": "ann"}}, {Leaves: Roll{"2": "ann"}}} {
		h.Heard("a", p)
	}
	return h, []Row{{1, 1}, {2, 1}, {1, 2}, {1, 3}}
}

// TestCheckFindsPlantedFaults: nothing in a good history, and each fault that is planted.
func TestCheckFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	h, rows := good()
	if faults := h.Check(rows); len(faults) > 0 {
		t.Errorf("a good history: %q", faults)
	}
	for name, events := range h.Watchers { // an unknown write may come late, if it does for all
		last := len(events) - 1
		events[last-1], events[last] = events[last], events[last-1]
		h.Watchers[name] = events
	}
	if faults := h.Check(rows); len(faults) > 0 {
		t.Errorf("an unknown write that came late: %q", faults)
	}
	for name, c := range map[string]struct {
		plant func(h *History, rows []Row) []Row
		want  string
	}{
		"a lost write":          {func(_ *History, rows []Row) []Row { return rows[1:] }, "acknowledged and is lost"},
		"a row that is twice":   {func(_ *History, rows []Row) []Row { return append(rows, rows[0]) }, "there twice"},
		"a refused write kept":  {func(_ *History, rows []Row) []Row { return append(rows, Row{2, 2}) }, "refused and is there"},
		"a row from nowhere":    {func(_ *History, rows []Row) []Row { return append(rows, Row{9, 9}) }, "nobody wrote it"},
		"a change told twice":   {plant(func(h *History) { h.Saw("a", told(1, 3)) }), "twice"},
		"a change not told":     {plant(func(h *History) { h.Watchers["a"] = h.Watchers["a"][:4] }), "never told of row {1 3}"},
		"a gap without a fetch": {plant(func(h *History) { w := h.Watchers["a"]; h.Watchers["a"] = append(w[:2:2], w[3:]...) }), "never told of row {2 1}"},
		"a ghost":               {plant(func(h *History) { h.Saw("a", told(2, 3)) }), "which is not there"},
		"a client's changes out of order": {plant(func(h *History) {
			w := h.Watchers["a"]
			h.Watchers["a"] = []Event{w[0], w[2], w[3], w[4], w[1]}
		}), "{1 1} after 3 of the same client"},
		"an unknown write late at one watcher alone": {plant(func(h *History) {
			w := h.Watchers["a"]
			w[3], w[4] = w[4], w[3]
		}), "later than"},
		"two clients' changes out of order": {plant(func(h *History) {
			w := h.Watchers["a"]
			w[2], w[3] = w[3], w[2]
		}), "later than"},
		"a stale read":          {plant(func(h *History) { h.Missed(Row{1, 1}) }), "a later read did not show it"},
		"presence that differs": {plant(func(h *History) { h.Gatherings[0].Saw["b"]["bob"] = true }), "at the start: b sees [ann bob] present"},
		"a dead node's entry":   {plant(func(h *History) { h.Gatherings[1].Saw["b"] = Set{"ann": true} }), "when a is cut off: b sees [ann] present, and [] are"},
		"an entry twice":        {plant(func(h *History) { h.Gatherings[0].Saw["a"] = Roll{"1": "ann", "2": "ann"}.Names() }), "a sees [ann 2 times] present"},
		"somebody comes twice": {plant(func(h *History) {
			h.Heard("a", Presence{Joins: Roll{"3": "bob"}})
			h.Heard("a", Presence{Joins: Roll{"3": "bob"}})
		}), "bob came and was there"},
		"somebody leaves twice": {plant(func(h *History) { h.Heard("a", Presence{Leaves: Roll{"2": "ann"}}) }), "ann left and was not there"},
		"cron twice":            {plant(func(h *History) { h.Runs["1"] = 2 }), "ran 2 times"},
		"cron never":            {plant(func(h *History) { delete(h.Runs, "2") }), "ran 0 times"},
		"cron for nothing":      {plant(func(h *History) { h.Runs["3"] = 1 }), "not due"},
		"a fetch that lacks what was there": {plant(func(h *History) {
			h.Watchers["b"] = []Event{fetched(), told(1, 1), fetched(Row{1, 1}), told(1, 2), told(1, 3)}
		}), "b was never told of row {2 1}"},
	} {
		h, rows := good()
		rows = c.plant(h, rows)
		faults := h.Check(rows)
		if len(faults) == 0 || !strings.Contains(strings.Join(faults, "\n"), c.want) {
			t.Errorf("%s: found %q, want %q", name, faults, c.want)
		}
	}
}

func plant(f func(*History)) func(*History, []Row) []Row {
	return func(h *History, rows []Row) []Row {
		f(h)
		return rows
	}
}
