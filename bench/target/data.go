package target

import (
	"fmt"
	"time"
)

// The rows that every server holds; rivals/node/data.mjs makes the same. User 0 asks;
// users 1 to 10 wrote the messages in turn; all are members of all rooms.
const (
	ListRoom   = 1 // the newest 50 and single messages are read here
	CountRoom  = 2
	InsertRoom = 3

	authors  = 10
	password = "a long password"
)

// Sizes are the rooms' numbers of messages.
type Sizes struct{ List, Count int }

func (s Sizes) of(room int) int {
	switch room {
	case ListRoom:
		return s.List
	case CountRoom:
		return s.Count
	}
	return 0
}

func email(user int) string { return fmt.Sprintf("user%d@example.com", user) }

func userName(user int) string { return fmt.Sprintf("User %d", user) }

func author(n int) int { return 1 + n%authors }

func messageID(room, n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", room, n) }

func messageBody(n int) string {
	return fmt.Sprintf("message number %d, about as long as a message in a chat usually is", n)
}

func messageTime(n int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, n, 0, time.UTC)
}

// Inserted is the body of the n-th message that the load writes.
func Inserted(n int) string { return fmt.Sprintf("written message number %d, of usual length too", n) }
