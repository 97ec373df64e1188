package acme

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// bridge lets certmagic, which knows zap alone, log to ours.
func bridge(log *slog.Logger) *zap.Logger { return zap.New(&core{h: log.Handler()}) }

// core is a zapcore.Core over a slog.Handler.
type core struct {
	h    slog.Handler
	with []zapcore.Field
}

func level(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelError
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	case l == zapcore.InfoLevel:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// Enabled reports whether anybody reads lines of a level.
func (c *core) Enabled(l zapcore.Level) bool { return c.h.Enabled(context.Background(), level(l)) }

// With adds fields to all lines.
func (c *core) With(f []zapcore.Field) zapcore.Core {
	return &core{h: c.h, with: append(c.with[:len(c.with):len(c.with)], f...)}
}

// Check takes a line that somebody reads.
func (c *core) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return to.AddCore(e, c)
	}
	return to
}

// Write logs a line.
func (c *core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	m := zapcore.NewMapObjectEncoder()
	for _, f := range append(c.with[:len(c.with):len(c.with)], fields...) {
		f.AddTo(m)
	}
	r := slog.NewRecord(e.Time, level(e.Level), "certificates: "+e.Message, 0)
	if e.LoggerName != "" {
		r.AddAttrs(slog.String("of", e.LoggerName))
	}
	for name, v := range m.Fields {
		r.AddAttrs(slog.Any(name, v))
	}
	return c.h.Handle(context.Background(), r)
}

// Sync does nothing: slog keeps no lines.
func (c *core) Sync() error { return nil }
