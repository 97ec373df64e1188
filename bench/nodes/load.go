package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is how operations come: from so many clients, each of which waits for the answer
// before it goes on, or, whoever waits, so many a second at times of their own.
type load struct{ clients, rate int }

func (l load) String() string {
	if l.rate > 0 {
		return fmt.Sprintf("%d a second", l.rate)
	}
	return fmt.Sprintf("%d clients", l.clients)
}

// loadsOf reads two lists of numbers.
func loadsOf(clients, rates string) (list []load, err error) {
	for i, text := range []string{clients, rates} {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%q is not a number of clients, or of operations a second", word)
			}
			list = append(list, []load{{clients: n}, {rate: n}}[i])
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no load: -clients or -rates")
	}
	return list, nil
}

// do calls op for the numbers from 1 to n, and returns when all calls have.
func (l load) do(n int, op func(i int) error) error {
	var work sync.WaitGroup
	var failed atomic.Pointer[error]
	one := func(i int) bool {
		if err := op(i); err != nil {
			failed.CompareAndSwap(nil, &err)
		}
		return failed.Load() == nil
	}
	if l.rate == 0 {
		var next atomic.Int64
		for range l.clients {
			work.Go(func() {
				for i := next.Add(1); i <= int64(n) && one(int(i)); i = next.Add(1) {
				}
			})
		}
	} else {
		l.pace(n, &work, one)
	}
	work.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// pace begins operations at times as chance has it, the same ones at each turn.
func (l load) pace(n int, work *sync.WaitGroup, one func(i int) bool) {
	chance := rand.New(rand.NewPCG(1, 2))
	room := make(chan struct{}, atOnce)
	at := time.Now()
	for i := range n {
		at = at.Add(time.Duration(chance.ExpFloat64() / float64(l.rate) * float64(time.Second)))
		time.Sleep(time.Until(at))
		room <- struct{}{}
		work.Go(func() {
			one(i + 1)
			<-room
		})
	}
}
