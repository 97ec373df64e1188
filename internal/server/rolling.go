package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/member"
	"github.com/plinth-dev/plinth/internal/schema/contract"
	"github.com/plinth-dev/plinth/internal/server/house"
)

// Nodes of two versions serve side by side while one takes the other's place. What a new
// version adds to the schema the old one does not mind. What it takes away is a contract
// step: it waits until no older node is left. A script runs in one transaction with the
// note that it ran, one node at a time; whoever comes second finds the note.

// contracts ends the name of a script of the house that takes something away.
const contracts = "-contract"

var errTooOld = fault.New(fault.Unavailable, "node_too_old", "this version of Plinth is too old for the database").
	WithHint("Start the version that the other nodes have; `plinth cluster status` shows it.")

const (
	// startLock is the advisory lock of who starts, a number that nobody else may use.
	startLock = `select pg_advisory_xact_lock(7310031107)`
	startWait = 2 * time.Minute // ends the lease of a server that was opened and does not run
)

// startAlone waits until no other node of the database is between looking who is up and
// being up itself, and keeps others from it: what a node finds before it migrates is true
// until it is among the members. The lease is a transaction's lock: it ends with the
// process, and no sooner. The caller calls s.started in the end.
func (s *Server) startAlone(ctx context.Context) error {
	s.started = func() {}
	if s.engine.postgres == nil || !s.cfg.Cluster {
		return nil
	}
	held, over, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	got := sync.OnceFunc(func() { close(held) }) // a transaction may begin again
	waiting, cancel := context.WithCancel(db.Patient(context.WithoutCancel(ctx)))
	go func() {
		_, err := s.db.Write(waiting, db.Owner, func(tx *db.Tx) error {
			for _, sql := range []string{`set local statement_timeout = 0`, startLock} {
				if _, err := tx.Exec(waiting, sql); err != nil {
					return err
				}
			}
			got()
			<-over
			return nil
		})
		ended <- err
	}()
	s.started = sync.OnceFunc(func() {
		close(over)
		<-ended // an error of the end: then it had ended before
		cancel()
	})
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-held:
			// Who was first may have made what was not there when this node read the schema:
			// the table of members, without which it sees nobody.
			err := s.engine.reload(ctx)
			if err != nil {
				s.started()
			}
			return err
		case err := <-ended:
			ended <- nil
			return err
		case <-ctx.Done():
			cancel()
			s.started()
			return ctx.Err()
		case <-tick.C:
			s.log.Info("cluster: another node starts or migrates; this one waits for it")
		}
	}
}

// house are the names of the house's scripts that the database has.
func (s *Server) house(ctx context.Context) (map[string]bool, error) {
	return s.names(ctx, "plinth", "scripts", `select name from plinth.scripts`)
}

// beside says where the database is of a newer version, and refuses one that has taken
// away what this one needs.
func (s *Server) beside(_ context.Context, done map[string]bool) error {
	known := map[string]bool{}
	for _, sc := range slices.Concat(house.Scripts(), clusterScripts()) {
		known[sc.File] = true
	}
	var newer []string
	for name := range done {
		if !known[name] {
			newer = append(newer, name)
		}
	}
	slices.Sort(newer)
	for _, name := range newer {
		if strings.HasSuffix(name, contracts) {
			return errTooOld.WithDetail("The database has " + name + ", which this version does not know.")
		}
	}
	if len(newer) > 0 {
		s.report.Notices = append(s.report.Notices, "the database was prepared by a newer Plinth ("+strings.Join(newer, ", ")+"); this one serves beside it")
	}
	return nil
}

// later reports whether a script of the house must wait for other nodes to go.
func (s *Server) later(ctx context.Context, name string) bool {
	if !strings.HasSuffix(name, contracts) {
		return false
	}
	others, err := s.others(ctx)
	if err != nil || len(others) > 0 {
		s.report.Notices = append(s.report.Notices, name+" waits until this node starts without others: "+strings.Join(others, ", "))
		return true
	}
	return false
}

// doneMeanwhile reports whether another node ran what just failed here.
func (s *Server) doneMeanwhile(ctx context.Context, list func(context.Context) (map[string]bool, error), name string) bool {
	if s.engine.reload == nil || s.engine.reload(ctx) != nil {
		return false
	}
	done, err := list(ctx)
	return err == nil && done[name]
}

// others are the nodes that serve the database now.
func (s *Server) others(ctx context.Context) ([]string, error) {
	sch := s.db.Catalog().Schemas["plinth"]
	if sch == nil || sch.Tables["members"] == nil {
		return nil, nil
	}
	list, err := member.Read(ctx, s.db)
	var out []string
	for _, m := range list {
		if m.Alive {
			out = append(out, m.Name)
		}
	}
	return out, err
}

// mayMigrate refuses migrations of the project that take away what nodes that are up may
// still need.
func (s *Server) mayMigrate(ctx context.Context, done map[string]bool) error {
	var pending []contract.File
	known := map[string]bool{}
	for _, f := range s.cfg.Project.Migrations {
		if known[f.Version] = true; !done[f.Version] {
			pending = append(pending, contract.File{Path: f.Path, SQL: f.SQL})
		}
	}
	ahead := 0
	for version := range done {
		if !known[version] {
			ahead++
		}
	}
	if ahead > 0 && s.nodes != nil && s.cfg.clustered() {
		s.report.Notices = append(s.report.Notices, fmt.Sprintf("the database has %d migrations that this project lacks: the project here is the older one", ahead))
	}
	if len(pending) == 0 || s.nodes == nil || !s.cfg.clustered() {
		return nil
	}
	steps := contract.Of(pending)
	if len(steps) == 0 {
		return nil
	}
	others, err := s.others(ctx)
	if err != nil || len(others) == 0 {
		return err
	}
	first := steps[0]
	return fault.New(fault.Conflict, "contract_step", "a migration takes away what nodes that are up may need").
		WithDetail(fmt.Sprintf("%s:%d: %s. Up: %s.", first.File, first.Line, first.What, strings.Join(others, ", "))).
		WithHint("Roll out a version that does without first. When every node has it, run `plinth migrate up` and then start the nodes.")
}
