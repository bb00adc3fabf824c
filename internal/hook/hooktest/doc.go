// Package hooktest lets tests see the steps that internal/atomics, internal/threads and
// internal/random announce to an explorer. Like internal/hook, it holds code only under the build
// tag model.
package hooktest
