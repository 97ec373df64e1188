package backup

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Beginnings of keys.
const (
	leases    = "lease-"
	beats     = "beat-"
	snapshots = "s-"
	segments  = "l-"
	files     = "f-"
	buried    = "x-"
	dumps     = "p-"
)

// Place is a position in the log: behind a segment of a generation.
type Place struct {
	Gen uint32
	Seq uint64
}

func (p Place) less(q Place) bool { return p.Gen < q.Gen || p.Gen == q.Gen && p.Seq < q.Seq }

func (p Place) String() string { return fmt.Sprintf("%d.%d", p.Gen, p.Seq) }

func leaseKey(gen uint32) string  { return fmt.Sprintf("%s%08x", leases, gen) }
func beatKey(gen uint32) string   { return fmt.Sprintf("%s%08x", beats, gen) }
func segmentKey(p Place) string   { return fmt.Sprintf("%s%08x-%012x", segments, p.Gen, p.Seq) }
func genSegments(g uint32) string { return fmt.Sprintf("%s%08x-", segments, g) }

func snapshotKey(p Place, at time.Time) string {
	return fmt.Sprintf("%s%08x-%012x-%016x", snapshots, p.Gen, p.Seq, at.UnixMicro())
}

// parseKey reads the numbers of a key, each in as many digits as widths says.
func parseKey(key, prefix string, widths ...int) ([]uint64, bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	if !ok {
		return nil, false
	}
	parts := strings.Split(rest, "-")
	if len(parts) != len(widths) {
		return nil, false
	}
	out := make([]uint64, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 16, 63)
		if err != nil || len(p) != widths[i] || strings.ToLower(p) != p {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

func parseSegment(key string) (Place, bool) {
	n, ok := parseKey(key, segments, 8, 12)
	if !ok {
		return Place{}, false
	}
	return Place{uint32(n[0]), n[1]}, true
}

func parseSnapshot(key string) (Snapshot, bool) {
	n, ok := parseKey(key, snapshots, 8, 12, 16)
	if !ok {
		return Snapshot{}, false
	}
	return Snapshot{Key: key, Place: Place{uint32(n[0]), n[1]}, At: time.UnixMicro(int64(n[2])).UTC()}, true
}
