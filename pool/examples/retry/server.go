package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
)

// A document is served once some requests for it have failed.
type document struct {
	path    string
	story   string
	faults  []http.HandlerFunc // of the first requests, in order
	retries int                // of its task; 0 means the pool's
}

var documents = []document{
	{"/fine", "answers", nil, 0},
	{"/busy", "is overloaded once, Retry-After: 1", []http.HandlerFunc{overloaded}, 0},
	{"/cut", "cuts the connection twice", []http.HandlerFunc{cut, cut}, 0},
	{"/hung", "hangs once", []http.HandlerFunc{hang}, 0},
	{"/shaky", "is down five times; the task has 5 retries", slices.Repeat([]http.HandlerFunc{down}, 5), 5},
	{"/down", "is down", slices.Repeat([]http.HandlerFunc{down}, 100), 0},
	{"/missing", "has no such document", []http.HandlerFunc{http.NotFound}, 0},
}

func overloaded(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1") // seconds
	w.WriteHeader(http.StatusServiceUnavailable)
}

func down(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }

func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() } // until the client gives up

// A server serves documents, and is down for all others.
type server struct {
	documents map[string]document

	mu    sync.Mutex
	asked map[string]int
}

func newServer(documents []document) *server {
	s := &server{documents: map[string]document{}, asked: map[string]int{}}
	for _, d := range documents {
		s.documents[d.path] = d
	}
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	asked := s.asked[r.URL.Path]
	s.asked[r.URL.Path]++
	s.mu.Unlock()

	d, ok := s.documents[r.URL.Path]
	switch {
	case !ok:
		down(w, r)
	case asked < len(d.faults):
		d.faults[asked](w, r)
	default:
		fmt.Fprint(w, "content of ", r.URL.Path)
	}
}

// requests returns the number of requests so far.
func (s *server) requests() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, asked := range s.asked {
		n += asked
	}
	return n
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
		DisableKeepAlives: true, // else the client tries again itself when a kept connection is cut
	}}, func() { srv.Close() }, nil
}
