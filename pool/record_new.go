package pool

import "context"

// A submission is a task that is being submitted.
type submission struct {
	item   item            // the element to queue
	record *record         // the task's record; nil if it needs none
	ctx    context.Context // the submitter's context; nil if it has none
	nested bool            // whether ctx derives from a task of the pool
	waits  bool            // whether the submitter waits for the outcome and watches ctx itself
}

// prepare returns a submission of task with ctx, which may be nil. The submission has a
// record if the task needs one or is sampled.
func (p *WorkerPool) prepare(task Task, ctx context.Context, sampled bool) (submission, error) {
	if p.err != nil {
		return submission{}, p.err
	}
	if ctx == nil && !sampled {
		if i, ok := p.recordlessItem(task); ok {
			return submission{item: i}, nil
		}
	}
	if err := check(task); err != nil {
		return submission{}, err
	}
	r := p.newRecord(task)
	if ctx == nil {
		ctx = r.ctx.Submitter()
	}
	sub := submission{ctx: ctx}
	if ctx != nil {
		var err error
		if sub.nested, err = p.bind(r, ctx); err != nil {
			return submission{}, err
		}
	}
	sub.recorded(r, sampled)
	return sub, nil
}

// check returns an error for an invalid task, or nil.
func check(task Task) error {
	switch t := task.(type) {
	case nil:
		return ErrNilTask
	case TaskFunc:
		if t == nil {
			return ErrNilTask
		}
	case *funcTask:
		if t.fn == nil {
			return ErrNilTask
		}
		return t.cfg.validate()
	}
	return nil
}

// newRecord returns a record for one submission of task.
func (p *WorkerPool) newRecord(task Task) *record {
	r := &record{task: task}
	r.init(p)
	switch t := task.(type) {
	case errFunc, TaskFunc:
	case *funcTask:
		r.number = t.number
		r.configure(&t.cfg)
	default:
		if r.id = task.ID(); r.id == "" {
			r.number = taskNumber.Add(1)
		}
		r.priority = task.Priority() // called in a pool without priorities too, as Task promises
	}
	return r
}

func (r *record) init(p *WorkerPool) {
	r.pool = p
	r.ctx.Init(&p.root)
	r.timeout = p.cfg.TaskTimeout
	r.retries = p.cfg.retry.retries
}

// configure applies the settings of TaskOptions.
func (r *record) configure(c *taskConfig) {
	r.id = c.id
	r.priority = c.priority
	if c.ownRetries {
		r.retries = c.retries
	}
	if c.ownTimeout {
		r.timeout = c.timeout
	}
	r.ctx.Bind(c.ctx, nil)
	if r.callback = c.callback; r.callback != nil {
		r.errorTo = toOwner
		if r.id == "" && r.number == 0 {
			r.number = taskNumber.Add(1)
		}
	}
}

// bind makes ctx the submitter's context of r and reports whether ctx derives from a
// task of the pool. If ctx has ended, bind returns the error of a task that never ran.
// The end of the task from which ctx derives does not count.
func (p *WorkerPool) bind(r *record, ctx context.Context) (nested bool, err error) {
	ancestor := p.root.AncestorOf(ctx)
	r.ctx.Bind(ctx, ancestor)
	if err := r.ctx.SubmitterErr(); err != nil {
		return false, notRun(err, r.ctx.Submitter())
	}
	return ancestor != nil, nil
}

// recorded makes a ticket for r the item of sub.
func (sub *submission) recorded(r *record, sampled bool) {
	sub.record = r
	r.follows = sub.ctx != nil && !sub.waits
	if next := r.pool.nextAge; next != nil {
		r.age = next()
	}
	if sampled {
		r.observe()
	}
	sub.item = ticketItem(r.pool.tickets.issue(r))
}
