package server

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/metric"
)

// clusterFigures tell of the links to other nodes, and who leads.
func (s *Server) clusterFigures(ctx context.Context, p *metric.Page) {
	st, ok := s.BusStats()
	if !ok {
		return
	}
	busFigures(p, st)
	if leader, _, err := s.engine.postgres.Feed(ctx); err == nil { // else plinth_db_up tells of it
		leads := 0.0
		if leader == nodeName() {
			leads = 1
		}
		p.Gauge("plinth_feed_leader", "1 on the node that numbers the changes.", leads)
	}
}

func busFigures(p *metric.Page, st bus.Stats) {
	p.Gauge("plinth_bus_peers", "Other nodes that this one hears.", float64(st.Peers))
	p.Gauge("plinth_bus_subjects", "Subjects that it listens to.", float64(st.Subjects))
	const messages = "Messages between nodes."
	p.Counter("plinth_bus_messages_total", messages, float64(st.Sent), "way", "sent")
	p.Counter("plinth_bus_messages_total", messages, float64(st.Received), "way", "received")
	p.Counter("plinth_bus_dropped_total", "Frames that this node was too slow for.", float64(st.Dropped))
	p.Counter("plinth_bus_holes_total", "Holes in what others sent that were noticed.", float64(st.Holes))
	p.Counter("plinth_bus_recovered_total", "Messages that were sent again.", float64(st.Recovered))
	p.Counter("plinth_bus_lost_total", "Holes that stayed: who listens was told to fetch again.", float64(st.Lost))
}

func (s *Server) backupFigures(p *metric.Page) {
	if s.shipping == nil || s.shipping.ship == nil {
		return
	}
	shippingFigures(p, s.shipping.ship.Stats())
}

func shippingFigures(p *metric.Page, st backup.Stats) {
	p.Gauge("plinth_backup_lag_seconds", "Age of the oldest commit that is not in the store of backups.", st.Lag.Seconds())
	p.Gauge("plinth_backup_waiting_bytes", "Bytes of commits that are not there.", float64(st.Waiting))
	p.Counter("plinth_backup_segments_total", "Segments of the log put there.", float64(st.Segments))
	p.Counter("plinth_backup_segment_bytes_total", "Their bytes.", float64(st.Bytes))
	p.Counter("plinth_backup_failures_total", "Attempts that the store refused, and snapshots that failed.", float64(st.Failures))
	p.Counter("plinth_backup_gaps_total", "Times that commits were given up, so that no restore goes to a time until the next snapshot.", float64(st.Gaps))
	p.Gauge("plinth_backup_last_segment_timestamp_seconds", "When a segment was put there last; 0 for never since the start.", unixSeconds(st.LastSegment))
	p.Gauge("plinth_backup_last_snapshot_timestamp_seconds", "When a snapshot was; 0 for never since the start.", unixSeconds(st.LastSnapshot))
}

func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
