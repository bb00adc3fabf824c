// Package poolenv reads a pool.Config from the environment.
//
// It is a separate module, so that pool itself does not depend on the parser.
package poolenv
