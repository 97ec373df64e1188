//go:build !linux

package ws

// Lot is Linux' alone: elsewhere each connection waits for itself.
type Lot struct{}

// NewLot returns nil.
func NewLot() *Lot { return nil }

// Stop does nothing.
func (*Lot) Stop() {}

func (*Lot) take(*Conn) bool { return false }

func (*Lot) leave(int) {}

func (*Lot) talks(*Conn) {}
