package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// An api answers up to limit requests in any second, and refuses the others.
type api struct {
	limit int

	mu     sync.Mutex
	recent []time.Time // times of all requests in the last second
	taken  []time.Time // times of the answered ones
	most   int         // the highest number of requests in a second
}

func (a *api) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if !a.take(time.Now()) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	fmt.Fprintln(w, "an answer")
}

func (a *api) take(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.recent = append(lastSecond(a.recent, now), now)
	a.most = max(a.most, len(a.recent))
	a.taken = lastSecond(a.taken, now)
	if len(a.taken) >= a.limit {
		return false
	}
	a.taken = append(a.taken, now)
	return true
}

// peak returns the highest number of requests in any second so far.
func (a *api) peak() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.most
}

// lastSecond returns the times that are less than a second ago. The times must be
// in ascending order.
func lastSecond(times []time.Time, now time.Time) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= time.Second {
		times = times[1:]
	}
	return times
}

// loopback starts a server on this machine. The client that it returns connects
// to that server whatever the name of the host.
func loopback(h http.Handler) (client *http.Client, shutdown func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	srv := &http.Server{Handler: h}
	go srv.Serve(l)
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
		MaxIdleConnsPerHost: 100,
	}}, func() { srv.Close() }, nil
}
