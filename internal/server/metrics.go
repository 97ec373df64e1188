package server

import (
	"context"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/gauge"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/metric"
)

// Bounds of one answer of /metrics: where the database does not answer, the rest is told.
const (
	metricsTime = 2 * time.Second
	dueFor      = 10 * time.Second
)

// metrics answers with all figures. Those of the database are asked for now.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), metricsTime)
	defer cancel()
	p := metric.NewPage()
	p.Gauge("plinth_info", "The server, and how it was built.", 1, "version", buildVersion(), "engine", s.engineName())
	s.ops.requests.Collect(p)
	s.refusalFigures(p)
	s.databaseFigures(ctx, p)
	s.replicaFigures(p)
	s.clusterFigures(ctx, p)
	s.backupFigures(p)
	s.realtimeFigures(p)
	s.jobFigures(ctx, p)
	p.Counter("plinth_passwords_total", "Passwords that were to be hashed, or compared with a hash.", float64(s.hash.Asked()))
	p.Gauge("plinth_passwords_waiting", "Passwords that wait for a hasher.", float64(s.hash.Waiting()))
	p.Counter("plinth_slow_statements_total", "Statements that took longer than plinth.log.slow_statement.", float64(s.ops.slow.Seen.Load()))
	if e := s.ops.exporter; e != nil {
		p.Counter("plinth_trace_spans_total", "Spans that ended: sent to the collector, or dropped.", float64(e.Sent.Load()), "end", "sent")
		p.Counter("plinth_trace_spans_total", "Spans that ended: sent to the collector, or dropped.", float64(e.Dropped.Load()), "end", "dropped")
	}
	gauge.Process(p, s.ops.started)
	w.Header().Set("Content-Type", metric.ContentType)
	_, _ = p.WriteTo(w) // whoever asked may be gone
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, v := range info.Settings {
		if v.Key == "vcs.revision" {
			return v.Value
		}
	}
	return info.Main.Version
}

func (s *Server) engineName() string {
	if s.cfg.Database != "" {
		return "postgres"
	}
	return "sqlite"
}

func (s *Server) databaseFigures(ctx context.Context, p *metric.Page) {
	began := time.Now()
	rows, err := s.db.Query(ctx, db.Owner, `select 1`)
	if err == nil {
		err = rows.Close()
	}
	up := 1.0
	if err != nil {
		up = 0
	}
	p.Gauge("plinth_db_up", "1 where the database answered just now.", up)
	p.Gauge("plinth_db_ping_seconds", "How long its answer took.", time.Since(began).Seconds())
	st, ok := s.db.Stats(ctx)
	if !ok {
		return
	}
	const conns = "Connections of the pool: lent to requests, and idle. SQLite's are those that read."
	p.Gauge("plinth_db_connections", conns, float64(st.Busy), "state", "busy")
	p.Gauge("plinth_db_connections", conns, float64(st.Open-st.Busy), "state", "idle")
	p.Gauge("plinth_db_connections_limit", "How many there may be.", float64(st.Limit))
	p.Counter("plinth_db_connection_waits_total", "Requests that found no connection free.", float64(st.Waits))
	if st.Commits != nil {
		p.Gauge("plinth_writer_queue", "Requests that wait for SQLite's one writer.", float64(st.Queue))
		p.Histogram("plinth_writer_commit_duration_seconds", "Time of commits, the flush to the disk included.", st.Commits)
		p.Sizes("plinth_writer_batch_requests", "Requests that shared one commit.", st.Batches)
		p.Gauge("plinth_db_file_bytes", "Size of the database's file.", float64(st.FileBytes))
		p.Gauge("plinth_db_wal_bytes", "Size of its write-ahead log.", float64(st.WALBytes))
	}
	if st.UnreadBytes >= 0 {
		p.Gauge("plinth_feed_unread_bytes", "Postgres' log that the change feed has not read yet; the server keeps it.", float64(st.UnreadBytes))
	}
}

func (s *Server) refusalFigures(p *metric.Page) {
	f, n := s.handler.front, uint64(0)
	if f.reads != nil {
		n = f.reads.Shed()
		if f.writes != f.reads {
			n += f.writes.Shed()
		}
	}
	const help = "Requests refused before they were begun, by what there was too little of. Those for want of a processor are in no other figure."
	p.Counter("plinth_refused_total", help, float64(n), "for", "database")
	n = 0
	if f.lag != nil {
		n = f.lag.Shed()
	}
	p.Counter("plinth_refused_total", help, float64(n), "for", "processor")
}

func (s *Server) replicaFigures(p *metric.Page) {
	if s.engine.replicas == nil {
		return
	}
	for _, r := range s.engine.replicas.Status() {
		up := 0.0
		if r.Up {
			up = 1
		}
		p.Gauge("plinth_replica_up", "1 where the replica answers and follows the primary.", up, "replica", r.Name)
		p.Gauge("plinth_replica_lag_seconds", "Age of what it shows.", r.Lag.Seconds(), "replica", r.Name)
		p.Counter("plinth_replica_reads_total", "Reads that it answered.", float64(r.Reads), "replica", r.Name)
	}
}

func (s *Server) realtimeFigures(p *metric.Page) {
	st := s.realtime.Stats()
	p.Gauge("plinth_realtime_sockets", "Sockets that are open.", float64(st.Sockets))
	p.Gauge("plinth_realtime_channels", "Channels that they have joined.", float64(st.Channels))
	p.Gauge("plinth_realtime_subscriptions", "Subscriptions to changes of rows.", float64(st.Subscriptions))
	p.Gauge("plinth_realtime_groups", "Groups of subscriptions for whom policies decide alike.", float64(st.Groups))
	p.Gauge("plinth_realtime_roster_rows", "Rows held of tables that policies read.", float64(st.RosterRows))
	p.Counter("plinth_realtime_changes_total", "Changes that were handed out.", float64(st.Changes))
	p.Counter("plinth_realtime_asked_total", "Changes whose policies were asked of the database.", float64(st.Asked))
	p.Counter("plinth_realtime_sent_total", "Messages with changes, to channels.", float64(st.Sent))
	p.Counter("plinth_realtime_policy_faults_total", "Policies that raised an error.", float64(st.Failed))
	p.Counter("plinth_realtime_frames_total", "Frames written for clients.", float64(st.Frames))
	p.Counter("plinth_realtime_slow_clients_total", "Clients that were closed because they were too slow.", float64(st.Dropped))
	p.Gauge("plinth_feed_lag_seconds", "From the last change's commit until it was handed out.", time.Duration(st.LagMicro*1000).Seconds())
}

func (s *Server) jobFigures(ctx context.Context, p *metric.Page) {
	kinds, running := s.queue.Stats()
	p.Gauge("plinth_jobs_running", "Runs under way on this node.", float64(running))
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k := kinds[name]
		for _, end := range []struct {
			name string
			n    uint64
		}{{"done", k.Done.Load()}, {"failed", k.Failed.Load()}, {"dead", k.Dead.Load()}, {"later", k.Later.Load()}} {
			p.Counter("plinth_job_runs_total", "Runs that ended: done; failed, to come again; dead for good; put off.", float64(end.n), "kind", name, "end", end.name)
		}
		p.Histogram("plinth_job_duration_seconds", "Time of runs.", &k.Took, "kind", name)
	}
	for name, d := range s.ops.dueJobs(ctx, s.queue) {
		p.Gauge("plinth_jobs_due", "Jobs that wait for a worker; not counted beyond 10,000.", float64(d.Jobs), "priority", name)
		p.Gauge("plinth_jobs_oldest_due_seconds", "How long the oldest of them waits.", d.Oldest.Seconds(), "priority", name)
	}
}

// dueJobs asks the database now and then, however often somebody looks.
func (o *operation) dueJobs(ctx context.Context, q *job.Queue) map[string]job.Due {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Since(o.dueAt) >= dueFor {
		due, err := q.Due(ctx)
		if err != nil {
			return o.due // plinth_db_up tells of it
		}
		o.due, o.dueAt = due, time.Now()
	}
	return o.due
}
