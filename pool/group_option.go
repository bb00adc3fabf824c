package pool

import "context"

// A GroupOption configures a group; see NewGroup.
type GroupOption interface{ applyGroup(*Group) }

type groupOption func(*Group)

func (o groupOption) applyGroup(g *Group) { o(g) }

// WithGroupContext makes the members' context derive from ctx. If ctx derives
// from a task of the pool, Go never waits for room, and Wait runs members that
// have not started itself.
func WithGroupContext(ctx context.Context) GroupOption {
	return groupOption(func(g *Group) {
		if ctx != nil {
			g.ctx = ctx
		}
	})
}

// An AllErrorsOption is a GroupOption, an EachOption and a StreamOption; see WithAllErrors.
type AllErrorsOption struct{}

func (AllErrorsOption) applyGroup(g *Group) { g.all = true }

// WithAllErrors lets errors end nothing: every member of a group runs, and Wait
// returns all errors joined (see errors.Join), one for each member that failed or
// never ran, in the order in which they came. Each is kept until then.
func WithAllErrors() AllErrorsOption { return AllErrorsOption{} }
