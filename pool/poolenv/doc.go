// Package poolenv reads a pool.Config from the environment.
//
// It is a module of its own, so that a service that does not read its
// configuration this way does not depend on the reader.
package poolenv
