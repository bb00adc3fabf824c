// Package time stands in for time in copies of other people's code; see package
// atomic beside it. Between any two looks at the clock a year has gone by.
package time
