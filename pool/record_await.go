package pool

import "context"

// awaitInside waits for the outcome of the record on behalf of a task of the same
// pool, and runs it whenever it is in the queue: it may be that every worker waits
// so. It returns the error of ctx if that ends first.
func (r *record) awaitInside(ctx context.Context) error {
	for {
		var back <-chan struct{}
		if r.retries > 0 {
			back = r.back.awaited() // before the claim, so as not to miss the next one
		}
		if r.claim() {
			r.run(nil)
		}
		err := r.awaitOutcome(ctx, back)
		if err != nil || r.bell.hasRung() {
			return err
		}
	}
}

// awaitOutcome waits for the outcome, or until back is closed. It returns the error
// of ctx if that ends first.
func (r *record) awaitOutcome(ctx context.Context, back <-chan struct{}) error {
	if r.bell.hasRung() {
		return nil
	}
	select {
	case <-r.bell.done():
	case <-back:
	case <-ctx.Done():
		if !r.bell.hasRung() {
			return ctx.Err()
		}
	}
	return nil
}
