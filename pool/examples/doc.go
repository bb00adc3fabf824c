// Package examples holds programs that use millrace, each in its own folder.
package examples
