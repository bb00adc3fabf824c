package cases

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/user/millrace/bench/measure"
)

// kept is the limit of idle connections of a client. The client opens a connection for each
// concurrent request. With fewer, requests would wait in the client, and a slow server would
// look like an overloaded one.
const kept = 1024

// A server answers requests on the loopback interface. It includes a client.
type server struct {
	http   *http.Server
	url    string
	client *http.Client
}

// serve starts a server. It must be closed.
func serve(handler http.HandlerFunc) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{
		http: &http.Server{Handler: handler},
		url:  "http://" + listener.Addr().String(),
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConns: kept, MaxIdleConnsPerHost: kept},
			Timeout:   time.Minute,
		},
	}
	go s.http.Serve(listener)
	for range 10 { // warm-up
		if err := s.request(); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

// request makes one request.
func (s *server) request() error {
	response, err := s.client.Get(s.url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// close closes the server and its connections.
func (s *server) close() error {
	s.client.CloseIdleConnections()
	return s.http.Shutdown(context.Background())
}

// drive makes n requests at a rate per second, each on a goroutine of its own, and returns
// their latencies from the times they were due.
func (s *server) drive(n, rate int) (measure.Sample, error) {
	var failed atomic.Int64
	var running sync.WaitGroup
	times := measure.NewTimes(n)
	loop := openLoop{time.Second / time.Duration(rate), true}
	sample, err := loop.run(n, func(i int, due time.Time) {
		running.Go(func() {
			if s.request() != nil {
				failed.Add(1)
			}
			times.Since(i, due)
		})
	}, running.Wait)
	if count := failed.Load(); count > 0 {
		err = fmt.Errorf("%d requests of %d failed", count, n)
	}
	return latencies(sample, times, err)
}
